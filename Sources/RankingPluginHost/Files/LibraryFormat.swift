// SPDX-License-Identifier: Apache-2.0

/// A check of a shared object's outline before the dynamic linker sees it.
///
/// The linker maps segments as the program headers say and then reads through the mapping: on a
/// file that was cut short it does not fail but crashes. The offsets are those of ELF64 (System V
/// Application Binary Interface, chapters 4 and 5).
enum LibraryFormat {
  private static let headerSize = 64
  private static let segmentSize = 56
  private static let sharedObject: UInt64 = 3
  private static let loadable: UInt64 = 1

  #if arch(x86_64)
  private static let machine: UInt64 = 62
  #elseif arch(arm64)
  private static let machine: UInt64 = 183
  #endif

  /// What is wrong with the file, or nil.
  static func problem(_ file: [UInt8]) -> String? {
    guard file.count >= headerSize, file.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      return "it is no ELF file"
    }
    guard file[4] == 2, file[5] == 1, number(file, 16, 2) == sharedObject,
      number(file, 18, 2) == machine
    else { return "it is no 64-bit shared object for this processor" }
    let (table, count) = (number(file, 32, 8), Int(number(file, 56, 2)))
    guard number(file, 54, 2) == UInt64(segmentSize), count > 0, table <= UInt64(file.count),
      count * segmentSize <= file.count - Int(table)
    else { return "its program headers are cut off or malformed" }
    for index in 0..<count {
      let segment = Int(table) + index * segmentSize
      guard number(file, segment, 4) == loadable else { continue }
      let (offset, size) = (number(file, segment + 8, 8), number(file, segment + 32, 8))
      let (end, overflow) = offset.addingReportingOverflow(size)
      guard !overflow, end <= UInt64(file.count) else { return "it is cut off: copy it again" }
    }
    return nil
  }

  private static func number(_ file: [UInt8], _ offset: Int, _ size: Int) -> UInt64 {
    (0..<size).reversed().reduce(0) { $0 << 8 | UInt64(file[offset + $1]) }
  }
}
