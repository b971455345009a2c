// SPDX-License-Identifier: Apache-2.0
//
// libmicrohttpd asks for the certificate at each handshake, without a context: hence one certificate for
// the process. Those that were replaced stay in memory, since a handshake may be using them.

import CMicroHTTPD
import Synchronization

/// A certificate chain with its private key, as GnuTLS has them.
final class Certificate: @unchecked Sendable {
  private static let longestChain: UInt32 = 16
  private static let inUse = Mutex<[Certificate]>([])

  private let chain: UnsafeMutablePointer<gnutls_pcert_st>
  private let count: UInt32
  private let key: gnutls_privkey_t

  /// Reads PEM texts.
  ///
  /// - Throws: ``HTTPServerError`` if they are none, or do not belong together.
  init(certificate: String, privateKey: String) throws {
    chain = .allocate(capacity: Int(Self.longestChain))
    var found = Self.longestChain
    var status = Self.with(certificate) { [chain] in
      gnutls_pcert_list_import_x509_raw(chain, &found, $0, GNUTLS_X509_FMT_PEM, 0)
    }
    count = found
    var made: gnutls_privkey_t?
    if status >= 0 { status = gnutls_privkey_init(&made) }
    if status >= 0, let made {
      status = Self.with(privateKey) {
        gnutls_privkey_import_x509_raw(made, $0, GNUTLS_X509_FMT_PEM, nil, 0)
      }
    }
    guard status >= 0, let made, count > 0 else {
      // GnuTLS's texts end with a full stop.
      throw HTTPServerError(
        "The certificate or its key cannot be used, give PEM files of both: "
          + String(cString: gnutls_strerror(status))
      )
    }
    key = made
    guard try isPair() else {
      throw HTTPServerError("The private key is not that of the certificate: give the right one.")
    }
  }

  private static func with(
    _ text: String,
    _ body: (UnsafePointer<gnutls_datum_t>) -> Int32
  ) -> Int32 {
    var bytes = Array(text.utf8)
    return bytes.withUnsafeMutableBufferPointer { bytes in
      var datum = gnutls_datum_t(data: bytes.baseAddress, size: UInt32(bytes.count))
      return body(&datum)
    }
  }

  /// Whether the public keys of both have the same id.
  private func isPair() throws -> Bool {
    var publicKey: gnutls_pubkey_t?
    guard gnutls_pubkey_init(&publicKey) >= 0, let publicKey else { return false }
    defer { gnutls_pubkey_deinit(publicKey) }
    guard gnutls_pubkey_import_privkey(publicKey, key, 0, 0) >= 0 else { return false }
    return identifier(publicKey) == identifier(chain[0].pubkey) && identifier(publicKey) != nil
  }

  private func identifier(_ key: gnutls_pubkey_t?) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 64)
    var size = bytes.count
    guard gnutls_pubkey_get_key_id(key, 0, &bytes, &size) >= 0 else { return nil }
    return Array(bytes[..<size])
  }

  /// Makes this the certificate of all handshakes from now on.
  func use() { Self.inUse.withLock { $0.append(self) } }

  /// Gives the certificate to a handshake.
  static let retrieve: martlet_mhd_certificate = { _, _, _, _, _, chain, count, key in
    guard let current = inUse.withLock({ $0.last }) else { return -1 }
    chain?.pointee = current.chain
    count?.pointee = current.count
    key?.pointee = current.key
    return 0
  }
}
