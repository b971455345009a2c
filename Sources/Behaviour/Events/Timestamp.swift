// SPDX-License-Identifier: Apache-2.0

/// Times of events: milliseconds since 1970, from numbers and from ISO 8601 text.
public enum Timestamp {
  /// Seconds since 1970 of a date or time such as `2018-11-13` or `2018-11-13T20:20:39Z`; nil for
  /// other text.
  public static func seconds(iso text: String) -> Double? {
    var text = text
    return text.withUTF8 { milliseconds(iso: $0) }.map { Double($0) / 1000 }
  }

  /// Milliseconds of a number that is in seconds below 10^11 (the year 5138), else in milliseconds.
  static func milliseconds(number: Double) -> Int64? {
    guard number.isFinite, number >= 0, number < 1e14 else { return nil }
    return Int64(number < 1e11 ? number * 1000 : number)
  }

  /// Reads `2018-11-13T20:20:39.123+01:00`; fraction and zone may be missing, which means UTC.
  static func milliseconds(iso text: UnsafeBufferPointer<UInt8>) -> Int64? {
    var reader = Digits(text: text)
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
      reader.skip("-"), let day = reader.number(2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var time: Int64 = days(year, month, day) * 86_400_000
    if reader.isAtEnd { return time }
    guard reader.skip("T") || reader.skip(" ") || reader.skip("t"), let hour = reader.number(2),
      reader.skip(":"), let minute = reader.number(2), hour < 24, minute < 60
    else { return nil }
    time += Int64(hour * 60 + minute) * 60_000
    if reader.skip(":") {
      guard let second = reader.number(2), second <= 60 else { return nil }
      time += Int64(second) * 1000
      if reader.skip(".") {
        guard let fraction = reader.fraction() else { return nil }
        time += fraction
      }
    }
    if reader.isAtEnd || reader.skip("Z") || reader.skip("z") { return reader.isAtEnd ? time : nil }
    let isEast = reader.skip("+")
    guard isEast || reader.skip("-"), let hours = reader.number(2) else { return nil }
    _ = reader.skip(":")
    let offset = Int64(hours * 60 + (reader.number(2) ?? 0)) * 60_000
    return reader.isAtEnd ? time - (isEast ? offset : -offset) : nil
  }

  /// `2018-11-13T20:20:39.123Z`.
  static func iso(_ milliseconds: Int64) -> String {
    let day = Int64((Double(milliseconds) / 86_400_000).rounded(.down))
    let rest = milliseconds - day * 86_400_000
    let date = civil(day)
    func padded(_ value: Int64, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
      + padded(rest / 3_600_000, 2) + ":" + padded(rest / 60_000 % 60, 2) + ":"
      + padded(rest / 1000 % 60, 2) + "." + padded(rest % 1000, 3) + "Z"
  }

  /// Days since 1970 of a date of the Gregorian calendar: Hinnant, "chrono-Compatible Low-Level Date
  /// Algorithms", 2013.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }

  private struct Digits {
    let text: UnsafeBufferPointer<UInt8>
    var position = 0

    var isAtEnd: Bool { position >= text.count }

    mutating func skip(_ byte: Unicode.Scalar) -> Bool {
      guard position < text.count, text[position] == UInt8(ascii: byte) else { return false }
      position += 1
      return true
    }

    mutating func number(_ width: Int) -> Int? {
      guard position + width <= text.count else { return nil }
      var value = 0
      for byte in text[position..<(position + width)] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      position += width
      return value
    }

    /// Milliseconds of the digits after the point.
    mutating func fraction() -> Int64? {
      var value: Int64 = 0
      var count = 0
      while position < text.count, text[position] >= 0x30, text[position] <= 0x39 {
        if count < 3 { value = value * 10 + Int64(text[position] - 0x30) }
        count += 1
        position += 1
      }
      guard count > 0 else { return nil }
      for _ in count..<max(3, count) { value *= 10 }
      return value
    }
  }
}

extension Event {
  /// Milliseconds since 1970 of a time as events may tell it: seconds below 10^11, else milliseconds, or
  /// ISO 8601; nil for anything else.
  public static func time(_ text: String) -> Int64? {
    if let number = Double(text) { return Timestamp.milliseconds(number: number) }
    var text = text
    return text.withUTF8 { Timestamp.milliseconds(iso: $0) }
  }
}
