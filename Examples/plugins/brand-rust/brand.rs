// SPDX-License-Identifier: Apache-2.0
//
// Lifts the brands that the shopper likes: a score grows by the weight of the interest
// "brand:NAME". The declarations follow ranking_plugin.h, version 1.0; no crate is needed.
// Column: the string "brand".

use std::collections::HashMap;
use std::ffi::{c_char, c_void};

const RP_OK: i32 = 0;
const RP_PARTIAL: i32 = 1;
const RP_ERROR: i32 = -1;
const RP_COLUMN_STRING: u32 = 2;
const RP_NEEDS_SHOPPER: u32 = 2;
const RP_THREADS_CONCURRENT: u32 = 2;
const LIKED: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
struct Text {
    data: *const u8,
    size: u64,
}

impl Text {
    fn of(text: &'static str) -> Text {
        Text { data: text.as_ptr(), size: text.len() as u64 }
    }

    /// The bytes; none for a missing value.
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.data.is_null() { &[] } else { std::slice::from_raw_parts(self.data, self.size as usize) }
    }
}

#[repr(C)]
struct Column {
    struct_size: u32,
    kind: u32,
    numbers: *const f64,
    strings: *const Text,
    starts: *const u32,
    vectors: *const f32,
    dimension: u32,
    reserved: u32,
}

#[repr(C)]
struct Shopper {
    struct_size: u32,
    reserved: u32,
    key: Text,
    session_items: *const Text,
    session_weights: *const f64,
    session_count: u64,
    profile_items: *const Text,
    profile_weights: *const f64,
    profile_count: u64,
    interests: *const Text,
    interest_weights: *const f64,
    interest_count: u64,
}

#[repr(C)]
struct Query {
    struct_size: u32,
    reserved: u32,
    deadline_ns: u64,
    cancel: *const u32,
    unix_time_ms: i64,
    text: Text,
    tokens: *const Text,
    token_count: u64,
    collection: Text,
    shopper: *const Shopper,
    state: *mut c_void,
}

#[repr(C)]
struct Batch {
    struct_size: u32,
    count: u32,
    first: u32,
    total: u32,
    documents: *const u64,
    ids: *const Text,
    scores: *const f64,
    recall_scores: *const f64,
    recall_positions: *const u32,
    columns: *const *const Column,
    column_count: u32,
    reserved: u32,
}

#[repr(C)]
struct Output {
    struct_size: u32,
    count: u32,
    scores: *mut f64,
    drops: *mut u8,
    pins: *mut u32,
    reasons: *mut u32,
}

/// The head of the server's services, up to the last that this plugin calls.
#[repr(C)]
struct Host {
    struct_size: u32,
    abi_minor: u32,
    context: *mut c_void,
    unused: [*const c_void; 8],
    request_column: unsafe extern "C" fn(*mut c_void, Text, u32) -> i32,
}

#[repr(C)]
struct Reason {
    code: u32,
    reserved: u32,
    text: *const c_char,
}

#[repr(C)]
pub struct Plugin {
    struct_size: u32,
    magic: u32,
    abi_major: u32,
    abi_minor: u32,
    id: *const c_char,
    version: *const c_char,
    threads: u32,
    needs: u32,
    reasons: *const Reason,
    reason_count: u64,
    create: unsafe extern "C" fn(*const Host, Text, *mut *mut c_void) -> i32,
    destroy: unsafe extern "C" fn(*mut c_void),
    begin: unsafe extern "C" fn(*mut c_void, *mut Query) -> i32,
    rank: unsafe extern "C" fn(*mut c_void, *const Query, *const Batch, *mut Output) -> i32,
    end: unsafe extern "C" fn(*mut c_void, *mut Query),
    get_extension: Option<unsafe extern "C" fn(*const c_char) -> *const c_void>,
}

// SAFETY: the descriptor and what it points to are constant.
unsafe impl Sync for Plugin {}
unsafe impl Sync for Reason {}

unsafe extern "C" fn create(host: *const Host, _config: Text, instance: *mut *mut c_void) -> i32 {
    *instance = std::ptr::null_mut();
    let index = ((*host).request_column)((*host).context, Text::of("brand"), RP_COLUMN_STRING);
    if index == 0 { RP_OK } else { RP_ERROR }
}

unsafe extern "C" fn destroy(_instance: *mut c_void) {}

/// The shopper's brands are the same for all batches of a query.
unsafe extern "C" fn begin(_instance: *mut c_void, query: *mut Query) -> i32 {
    let shopper = &*(*query).shopper;
    let mut liked: HashMap<Vec<u8>, f64> = HashMap::new();
    for place in 0..shopper.interest_count as usize {
        let name = (*shopper.interests.add(place)).bytes();
        if let Some(brand) = name.strip_prefix(b"brand:") {
            liked.insert(brand.to_vec(), *shopper.interest_weights.add(place));
        }
    }
    (*query).state = Box::into_raw(Box::new(liked)) as *mut c_void;
    RP_OK
}

unsafe extern "C" fn end(_instance: *mut c_void, query: *mut Query) {
    drop(Box::from_raw((*query).state as *mut HashMap<Vec<u8>, f64>));
}

unsafe extern "C" fn rank(
    _instance: *mut c_void,
    query: *const Query,
    batch: *const Batch,
    output: *mut Output,
) -> i32 {
    let liked = &*((*query).state as *const HashMap<Vec<u8>, f64>);
    let brands = (**(*batch).columns).strings;
    for candidate in 0..(*batch).count as usize {
        if candidate % 64 == 0 && std::ptr::read_volatile((*query).cancel) != 0 {
            (*output).count = candidate as u32;
            return RP_PARTIAL;
        }
        if let Some(weight) = liked.get((*brands.add(candidate)).bytes()) {
            *(*output).scores.add(candidate) *= 1.0 + weight.clamp(0.0, 10.0);
            *(*output).reasons.add(candidate) = LIKED;
        }
    }
    RP_OK
}

static REASONS: [Reason; 1] =
    [Reason { code: LIKED, reserved: 0, text: c"lifted as a brand that the shopper likes".as_ptr() }];

static PLUGIN: Plugin = Plugin {
    struct_size: std::mem::size_of::<Plugin>() as u32,
    magic: 0x474C_5052,
    abi_major: 1,
    abi_minor: 0,
    id: c"org.martlet.brand".as_ptr(),
    version: c"1.0.0".as_ptr(),
    threads: RP_THREADS_CONCURRENT,
    needs: RP_NEEDS_SHOPPER,
    reasons: REASONS.as_ptr(),
    reason_count: 1,
    create,
    destroy,
    begin,
    rank,
    end,
    get_extension: None,
};

#[no_mangle]
pub extern "C" fn ranking_plugin_entry() -> *const Plugin {
    &PLUGIN
}
