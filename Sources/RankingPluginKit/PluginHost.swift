// SPDX-License-Identifier: Apache-2.0

internal import CRankingPlugin
public import Foundation

/// Numbers that an instance asked for.
public struct NumberColumn: Sendable { let index: Int }
/// Strings that an instance asked for, one of each document.
public struct StringColumn: Sendable { let index: Int }
/// Lists of strings that an instance asked for.
public struct StringsColumn: Sendable { let index: Int }
/// Vectors that an instance asked for.
public struct VectorColumn: Sendable { let index: Int }

/// A failure with a text for the people who run the server.
public struct PluginFailure: Error, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  /// Creates a failure.
  public init(_ description: String) { self.description = description }
}

/// The server's services; valid as long as the instance.
public struct PluginHost: @unchecked Sendable {
  let host: UnsafePointer<rp_host>
  /// The configuration as it stands in the profile: a JSON object.
  public let configuration: Data

  init(_ host: UnsafePointer<rp_host>, _ configuration: rp_string) {
    self.host = host
    self.configuration =
      configuration.data.map { Data(bytes: $0, count: Int(configuration.size)) } ?? Data("{}".utf8)
  }

  /// The configuration as a value.
  ///
  /// - Throws: `DecodingError` if it does not fit.
  public func configuration<T: Decodable>(as type: T.Type) throws -> T {
    try JSONDecoder().decode(type, from: configuration)
  }

  /// Asks for a number of each candidate; inside `init` only.
  public func numbers(_ field: String) throws -> NumberColumn {
    NumberColumn(index: try request(field, RP_COLUMN_NUMBER))
  }

  /// Asks for a string of each candidate; inside `init` only.
  public func strings(_ field: String) throws -> StringColumn {
    StringColumn(index: try request(field, RP_COLUMN_STRING))
  }

  /// Asks for a list of strings of each candidate; inside `init` only.
  public func lists(_ field: String) throws -> StringsColumn {
    StringsColumn(index: try request(field, RP_COLUMN_STRINGS))
  }

  /// Asks for a vector of each candidate; inside `init` only.
  public func vectors(_ field: String) throws -> VectorColumn {
    VectorColumn(index: try request(field, RP_COLUMN_VECTOR))
  }

  /// Writes a line to the server's log.
  public func log(_ text: String) {
    borrow(text) { host.pointee.log(host.pointee.context, RP_LOG_INFO, $0.data, $0.size) }
  }

  /// Adds to a counter that the server publishes; inside a call only.
  public func count(_ name: String, _ amount: Double = 1) {
    borrow(name) { host.pointee.metric(host.pointee.context, $0, amount) }
  }

  func fail(_ error: any Error) {
    borrow("\(error)") { host.pointee.set_error(host.pointee.context, $0.data, $0.size) }
  }

  private func request(_ field: String, _ kind: rp_column_kind) throws -> Int {
    let index = borrow(field) { host.pointee.request_column(host.pointee.context, $0, kind) }
    guard index >= 0 else { throw PluginFailure("The column '\(field)' cannot be asked for.") }
    return Int(index)
  }

  private func borrow<T>(_ text: String, _ body: (rp_string) -> T) -> T {
    var text = text
    return text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) {
        body(rp_string(data: $0.baseAddress, size: UInt64($0.count)))
      }
    }
  }
}
