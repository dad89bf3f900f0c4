//! Instruction arguments: Borsh, read in order. Bytes left over are ignored, as in Anchor.

use crate::fault::{self, Result};
use crate::key::Key;

#[derive(Clone, Copy)]
pub struct Args {
    at: *const u8,
    left: usize,
}

macro_rules! number {
    ($($t:ident)*) => {$(
        #[inline(always)]
        pub fn $t(&mut self) -> Result<$t> {
            let at = self.take(core::mem::size_of::<$t>())?;
            Ok(unsafe { (at as *const $t).read_unaligned() })
        }
    )*};
}

impl Args {
    /// # Safety
    /// `len` bytes must be readable at `at` as long as the program runs.
    #[inline(always)]
    pub unsafe fn new(at: *const u8, len: usize) -> Args {
        Args { at, left: len }
    }

    #[inline(always)]
    fn take(&mut self, len: usize) -> Result<*const u8> {
        if len > self.left {
            return Err(fault::BAD_DATA);
        }
        let at = self.at;
        self.at = unsafe { at.add(len) };
        self.left -= len;
        Ok(at)
    }

    number!(u8 u16 u32 u64 i8 i64);

    /// Everything not read yet.
    #[inline(always)]
    pub fn rest(&self) -> &'static [u8] {
        unsafe { core::slice::from_raw_parts(self.at, self.left) }
    }

    #[inline(always)]
    pub fn bool(&mut self) -> Result<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(fault::BAD_DATA),
        }
    }

    /// A value that may be absent: Borsh's Option.
    #[inline(always)]
    pub fn option<T>(&mut self, read: impl FnOnce(&mut Args) -> Result<T>) -> Result<Option<T>> {
        if self.bool()? {
            Ok(Some(read(self)?))
        } else {
            Ok(None)
        }
    }

    /// The next `len` bytes.
    #[inline(always)]
    pub fn bytes(&mut self, len: usize) -> Result<&'static [u8]> {
        Ok(unsafe { core::slice::from_raw_parts(self.take(len)?, len) })
    }

    #[inline(always)]
    pub fn key(&mut self) -> Result<&'static Key> {
        Ok(unsafe { &*(self.take(32)? as *const Key) })
    }

    /// A string: UTF-8, as Borsh demands.
    #[inline(always)]
    pub fn string(&mut self) -> Result<&'static [u8]> {
        let len = self.u32()? as usize;
        let bytes = self.bytes(len)?;
        check_utf8(bytes)?;
        Ok(bytes)
    }
}

#[inline(never)]
fn check_utf8(bytes: &[u8]) -> Result {
    if is_ascii(bytes) || core::str::from_utf8(bytes).is_ok() {
        Ok(())
    } else {
        Err(fault::BAD_DATA)
    }
}

/// Byte by byte: the library's own version wants aligned words.
pub fn is_ascii(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| *b < 0x80)
}
