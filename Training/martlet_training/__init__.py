# SPDX-License-Identifier: Apache-2.0
"""Trains ranking models on what `martlet export training` writes."""
