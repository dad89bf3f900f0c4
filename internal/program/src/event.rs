//! Events: Borsh behind a discriminator, written to the log as data.

use crate::account::Key;
use crate::sys;

/// An event under construction. The longest, GradientSubmitted, has 117 bytes.
pub struct Event {
    bytes: [u8; 128],
    len: usize,
}

macro_rules! event {
    ($name:literal) => {
        $crate::event::Event::new(const { $crate::discriminator::of(concat!("event:", $name)) })
    };
}
pub(crate) use event;

impl Event {
    #[inline(always)]
    pub fn new(discriminator: u64) -> Event {
        Event { bytes: [0; 128], len: 0 }.u64(discriminator)
    }

    #[inline(always)]
    fn put<T>(mut self, value: T) -> Event {
        unsafe { (self.bytes.as_mut_ptr().add(self.len) as *mut T).write_unaligned(value) };
        self.len += core::mem::size_of::<T>();
        self
    }

    #[inline(always)]
    pub fn u8(self, value: u8) -> Event {
        self.put(value)
    }

    #[inline(always)]
    pub fn u16(self, value: u16) -> Event {
        self.put(value)
    }

    #[inline(always)]
    pub fn u32(self, value: u32) -> Event {
        self.put(value)
    }

    #[inline(always)]
    pub fn u64(self, value: u64) -> Event {
        self.put(value)
    }

    #[inline(always)]
    pub fn key(self, key: &Key) -> Event {
        self.put(*key)
    }

    /// Bytes as they are: 84 at most.
    #[inline(always)]
    pub fn raw(mut self, bytes: &[u8]) -> Event {
        let n = bytes.len().min(84);
        unsafe { sys::copy(self.bytes.as_mut_ptr().add(self.len), bytes.get_unchecked(..n)) };
        self.len += n;
        self
    }

    /// A string of at most 64 bytes.
    #[inline(always)]
    pub fn string(self, bytes: &[u8]) -> Event {
        self.u32(bytes.len() as u32).raw(bytes)
    }

    #[inline(always)]
    pub fn emit(self) {
        sys::log_data(unsafe { core::slice::from_raw_parts(self.bytes.as_ptr(), self.len) })
    }
}
