// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cblas.h>

// LAPACK inside OpenBLAS, which ships no C header for it: matrices are column-major.

/// Factors an m x n matrix into L Q (Householder).
void sgelqf_(
    const int *m, const int *n, float *a, const int *lda, float *tau, float *work,
    const int *lwork, int *info);

/// Forms the first k rows of the Q that `sgelqf_` left in `a`.
void sorglq_(
    const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau,
    float *work, const int *lwork, int *info);

/// Eigenvalues, ascending, and eigenvectors of a symmetric matrix (divide and conquer).
void ssyevd_(
    const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w,
    float *work, const int *lwork, int *iwork, const int *liwork, int *info);
