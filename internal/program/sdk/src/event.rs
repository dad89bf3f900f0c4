//! Events: Borsh behind a discriminator, written to the log as data.

use crate::bytes::Bytes;
use crate::runtime;

/// Begins the event of this name: `event!("RoundFinalized").u64(id).emit()`. It has 128 bytes at most, its discriminator
/// included; a number behind the name allows for more.
#[macro_export]
macro_rules! event {
    ($name:literal) => {
        $crate::event!($name, 128)
    };
    ($name:literal, $size:literal) => {
        $crate::bytes::Bytes::<$size>::new().u64(const { $crate::discriminator::of(concat!("event:", $name)) })
    };
}

impl<const N: usize> Bytes<N> {
    /// Writes the event to the log.
    #[inline(always)]
    pub fn emit(self) {
        runtime::log_data(self.as_slice())
    }
}
