// SPDX-License-Identifier: Apache-2.0

/// What is stored beside a completion's own key; see CompletionFormat.swift.
struct CompletionExtras {
  private typealias Flag = CompletionFormat.Flag

  var category: Int?
  var count: UInt32 = 0
  var kind = CompletionEntry.Kind.query
  /// Words beside those of the key, parted by spaces.
  var words = UnsafeRawBufferPointer(start: nil, count: 0)
  private var style: UInt8 = 0
  private var display = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Reads extras; what is damaged is left out.
  init(_ bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(bytes)
    guard let flags = try? reader.integer(UInt8.self) else { return }
    kind = CompletionEntry.Kind(rawValue: flags >> Flag.kindShift & 3) ?? .query
    if flags & Flag.category != 0 {
      guard let number = try? reader.varint() else { return }
      category = Int(clamping: number)
    }
    if flags & Flag.count != 0 {
      guard let number = try? reader.varint() else { return }
      count = UInt32(clamping: number)
    }
    if flags & Flag.words != 0 {
      guard let length = try? reader.varint(), let part = try? reader.take(Int(clamping: length))
      else { return }
      words = part
    }
    style = flags & Flag.display
    display = UnsafeRawBufferPointer(rebasing: bytes[reader.offset...])
  }

  /// Whether the text's bytes stand where the key's do.
  var isWrittenAsKey: Bool { style != Flag.full }

  /// The text as it is shown.
  func text(key: UnsafeBufferPointer<UInt8>) -> String {
    switch style {
    case Flag.full: return String(decoding: display, as: UTF8.self)
    case Flag.capitals:
      return Self.capitalized(key) {
        $0 / 8 < display.count && display[$0 / 8] >> UInt8($0 % 8) & 1 == 1
      }
    case Flag.titleCase:
      return Self.capitalized(key) { $0 == 0 || key[$0 - 1] == 0x20 }
    default: return String(decoding: key, as: UTF8.self)
    }
  }

  /// The key with some of its ASCII letters as capitals.
  @inline(__always)
  private static func capitalized(
    _ key: UnsafeBufferPointer<UInt8>,
    _ isCapital: (Int) -> Bool
  ) -> String {
    String(unsafeUninitializedCapacity: key.count) { out in
      for index in 0..<key.count {
        let isLetter = (0x61...0x7A).contains(key[index])
        out[index] = isLetter && isCapital(index) ? key[index] - 32 : key[index]
      }
      return key.count
    }
  }

  /// The stored form.
  static func encode(
    key: UnsafeBufferPointer<UInt8>,
    _ detail: CompletionIndexBuilder.Detail,
    category: Int?,
    words: [UInt8]
  ) -> [UInt8] {
    var flags = detail.kind.rawValue << Flag.kindShift
    var bytes: [UInt8] = [0]
    if let category {
      flags |= Flag.category
      Varint.append(UInt64(category), to: &bytes)
    }
    if detail.count > 0 {
      flags |= Flag.count
      Varint.append(UInt64(detail.count), to: &bytes)
    }
    if !words.isEmpty {
      flags |= Flag.words
      Varint.append(UInt64(words.count), to: &bytes)
      bytes.append(contentsOf: words)
    }
    if let text = detail.text {
      let written = Array(text.utf8)
      if isTitleCase(written, key) {
        flags |= Flag.titleCase
      } else if let capitals = capitals(written, key) {
        flags |= Flag.capitals
        bytes.append(contentsOf: capitals)
      } else {
        flags |= Flag.full
        bytes.append(contentsOf: written)
      }
    }
    bytes[0] = flags
    return bytes
  }

  private static func isTitleCase(_ text: [UInt8], _ key: UnsafeBufferPointer<UInt8>) -> Bool {
    let title = capitalized(key) { $0 == 0 || key[$0 - 1] == 0x20 }
    return title.utf8.elementsEqual(text)
  }

  /// Which bytes of the key are capitals in the text; nil if the two differ otherwise.
  private static func capitals(
    _ text: [UInt8],
    _ key: UnsafeBufferPointer<UInt8>
  ) -> [UInt8]? {
    guard text.count == key.count else { return nil }
    var bits = [UInt8](repeating: 0, count: (key.count + 7) / 8)
    for index in text.indices where text[index] != key[index] {
      guard (0x41...0x5A).contains(text[index]), text[index] + 32 == key[index] else { return nil }
      bits[index / 8] |= 1 << UInt8(index % 8)
    }
    return bits
  }
}
