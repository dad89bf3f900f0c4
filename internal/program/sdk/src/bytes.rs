//! Borsh, written: the data of events and of calls.

use crate::key::Key;
use crate::runtime;
use core::mem::{size_of, MaybeUninit};

/// Bytes that are written one after the other, `N` at most: the program aborts over one more.
pub struct Bytes<const N: usize> {
    bytes: [MaybeUninit<u8>; N],
    len: usize,
}

macro_rules! number {
    ($($t:ident)*) => {$(
        #[inline(always)]
        pub fn $t(self, value: $t) -> Self {
            self.put(value)
        }
    )*};
}

impl<const N: usize> Bytes<N> {
    #[inline(always)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Bytes { bytes: [MaybeUninit::uninit(); N], len: 0 }
    }

    number!(bool u8 u16 u32 u64 i8 i64);

    #[inline(always)]
    pub fn key(self, key: &Key) -> Self {
        self.put(*key)
    }

    /// Bytes as they are, without their number.
    #[inline(always)]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        let to = self.place(bytes.len());
        unsafe { runtime::copy(to, bytes) };
        self
    }

    /// A string or a list of bytes: their number and they themselves.
    #[inline(always)]
    pub fn string(self, bytes: &[u8]) -> Self {
        self.u32(bytes.len() as u32).raw(bytes)
    }

    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        unsafe { core::slice::from_raw_parts(self.bytes.as_ptr() as *const u8, self.len) }
    }

    #[inline(always)]
    fn put<T: Copy>(mut self, value: T) -> Self {
        let to = self.place(size_of::<T>()) as *mut T;
        unsafe { to.write_unaligned(value) };
        self
    }

    /// Room for `len` bytes more.
    #[inline(always)]
    fn place(&mut self, len: usize) -> *mut u8 {
        if len > N - self.len {
            runtime::abort()
        }
        let at = unsafe { self.bytes.as_mut_ptr().add(self.len) };
        self.len += len;
        at as *mut u8
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;
    use crate::args::Args;
    use crate::key::Key;

    #[test]
    fn arguments_read_what_was_written() {
        let key = Key([7; 32]);
        let bytes = Bytes::<64>::new().u8(1).u16(2).u32(3).u64(4).i64(-5).bool(true).key(&key).string(b"abcd");
        assert_eq!(bytes.as_slice().len(), 64);
        let mut args = unsafe { Args::new(bytes.as_slice().as_ptr(), 64) };
        assert_eq!(
            (args.u8().ok(), args.u16().ok(), args.u32().ok(), args.u64().ok()),
            (Some(1), Some(2), Some(3), Some(4))
        );
        assert_eq!((args.i64().ok(), args.bool().ok()), (Some(-5), Some(true)));
        assert!(args.key().is_ok_and(|k| k.is(&key)));
        assert_eq!(args.string().ok(), Some(&b"abcd"[..]));
        assert!(args.u8().is_err());
    }

    #[test]
    #[should_panic]
    fn one_byte_too_many() {
        Bytes::<8>::new().u64(1).u8(2);
    }
}
