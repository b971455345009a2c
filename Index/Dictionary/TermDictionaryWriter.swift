// SPDX-License-Identifier: Apache-2.0
//
// Terms in ascending byte order, in blocks of 16, each term without the prefix that it shares with
// the one before it:
//
//   dictionary := blocks:u32 terms:u32 index:(entry at:u32)[blocks] mostFrequent:u32[blocks] block*
//   block      := term*                                `at` counts from the first block
//   term       := shared suffixLength suffix frequency payloadLength payload
//
// Numbers in blocks are LEB128 varints; `shared` is 0 for a block's first term, whose bytes the
// reader compares when it halves the index. Worked example, the terms "ab" (frequency 3, payload 7F)
// and "ac" (frequency 1, payload 01): 00 02 61 62 03 01 7F | 01 01 63 01 01 01.

/// Builds the bytes of a ``TermDictionary``.
struct TermDictionaryWriter {
  static let blockSize = 16

  private var blocks: [UInt8] = []
  private var starts: [UInt32] = []
  private var mostFrequent: [UInt32] = []
  private var previous: [UInt8] = []
  private var count = 0

  /// Adds the next term.
  ///
  /// Terms must ascend by their bytes and have at most 255 of them, as the analyzer's do; that is not
  /// checked here.
  ///
  /// - Throws: ``IndexError`` with code invalid if the dictionary's bytes exceed 4 GiB.
  mutating func add(
    term: UnsafeBufferPointer<UInt8>,
    documentFrequency: UInt32,
    payload: [UInt8]
  ) throws(IndexError) {
    guard blocks.count < Int(UInt32.max) - 1 << 20 else {
      throw IndexError(.invalid, "A segment's dictionary is full: write smaller batches.")
    }
    var shared = 0
    if count % Self.blockSize == 0 {
      starts.append(UInt32(blocks.count))
      mostFrequent.append(documentFrequency)
    } else {
      let most = min(previous.count, term.count)
      while shared < most, previous[shared] == term[shared] { shared += 1 }
      mostFrequent[mostFrequent.count - 1] = max(
        mostFrequent[mostFrequent.count - 1],
        documentFrequency
      )
    }
    Varint.append(UInt64(shared), to: &blocks)
    Varint.append(UInt64(term.count - shared), to: &blocks)
    blocks.append(contentsOf: term[shared...])
    Varint.append(UInt64(documentFrequency), to: &blocks)
    Varint.append(UInt64(payload.count), to: &blocks)
    blocks.append(contentsOf: payload)
    previous.removeAll(keepingCapacity: true)
    previous.append(contentsOf: term)
    count += 1
  }

  /// The dictionary's bytes, without header and checksum.
  consuming func finish() -> [UInt8] {
    var bytes: [UInt8] = []
    LittleEndian.append(UInt32(starts.count), to: &bytes)
    LittleEndian.append(UInt32(count), to: &bytes)
    for start in starts { LittleEndian.append(start, to: &bytes) }
    for frequency in mostFrequent { LittleEndian.append(frequency, to: &bytes) }
    bytes.append(contentsOf: blocks)
    return bytes
  }
}
