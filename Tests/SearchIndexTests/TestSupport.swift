// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex

extension SearchRequest {
  /// A search of the title.
  static func title(_ query: String) -> SearchRequest {
    var request = SearchRequest()
    request.query = query
    request.fields = [QueryField(name: "title")]
    return request
  }
}
