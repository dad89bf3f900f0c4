//! An account's data: fields at fixed offsets, read and written in place. Borsh is unaligned, and so are they.

use crate::account::Account;
use crate::context::Context;
use crate::fault::{self, Name, Result};
use crate::key::Key;
use core::marker::PhantomData;

/// A field in an account's data.
#[derive(Clone, Copy)]
pub struct Field<T> {
    at: *mut u8,
    kind: PhantomData<T>,
}

impl<T: Copy> Field<T> {
    /// # Safety
    /// A value of the type must be at this address, which need not be aligned.
    #[inline(always)]
    pub unsafe fn new(at: *mut u8) -> Field<T> {
        Field { at, kind: PhantomData }
    }

    #[inline(always)]
    pub fn get(self) -> T {
        unsafe { (self.at as *const T).read_unaligned() }
    }

    #[inline(always)]
    pub fn set(self, value: T) {
        unsafe { (self.at as *mut T).write_unaligned(value) }
    }

    /// The bytes of an array or key.
    #[inline(always)]
    pub fn at(self) -> *mut u8 {
        self.at
    }
}

impl Field<Key> {
    #[inline(always)]
    pub fn key(&self) -> &Key {
        unsafe { &*(self.at as *const Key) }
    }

    #[inline(always)]
    pub fn is(&self, other: &Key) -> bool {
        self.key().is(other)
    }
}

/// A flag: Borsh's bool.
impl Field<bool> {
    #[inline(always)]
    pub fn is_set(self) -> bool {
        unsafe { *self.at != 0 }
    }
}

/// Declares a type of bytes that stand somewhere in an account: its name, its size, and for each field the offset, the
/// name and the type.
#[macro_export]
macro_rules! record_type {
    ($(#[$doc:meta])* $name:ident $size:literal { $($off:literal $field:ident $t:ty;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name {
            data: *mut u8,
        }

        $(const _: () = assert!($off + core::mem::size_of::<$t>() <= $size);)*

        impl $name {
            pub const SIZE: u64 = $size;

            /// # Safety
            /// That many bytes must be readable and writable here.
            #[inline(always)]
            pub unsafe fn at(data: *mut u8) -> $name {
                $name { data }
            }

            $(#[inline(always)]
            pub fn $field(self) -> $crate::fields::Field<$t> {
                unsafe { $crate::fields::Field::new(self.data.add($off)) }
            })*
        }
    };
}

/// Declares a type of account, as `record_type!` does. Its first 8 bytes are the discriminator.
#[macro_export]
macro_rules! account_type {
    ($(#[$doc:meta])* $name:ident $size:literal { $($off:literal $field:ident $t:ty;)* }) => {
        $crate::record_type! { $(#[$doc])* $name $size { $($off $field $t;)* } }

        $(const _: () = assert!($off >= 8);)*

        impl $name {
            const DISCRIMINATOR: u64 = $crate::discriminator::of(concat!("account:", stringify!($name)));

            /// Whether an account says that it is of this type; `load` checks the rest.
            #[inline(always)]
            pub fn is_type_of(account: $crate::account::Account) -> bool {
                $crate::fields::has_discriminator(account, $name::DISCRIMINATOR)
            }

            /// Checks owner, discriminator and length.
            #[inline(always)]
            pub fn load(
                context: &$crate::context::Context,
                account: $crate::account::Account,
                name: $crate::fault::Name,
            ) -> $crate::fault::Result<$name> {
                $name::load_from(context, account, $size, name)
            }

            /// The same where `size` bytes are enough: fields that stand behind them may be missing.
            #[inline(always)]
            pub fn load_from(
                context: &$crate::context::Context,
                account: $crate::account::Account,
                size: u64,
                name: $crate::fault::Name,
            ) -> $crate::fault::Result<$name> {
                $crate::fields::check(context, account, $name::DISCRIMINATOR, size, name)?;
                Ok($name::view(account))
            }

            /// An account's data as this type, unchecked.
            #[inline(always)]
            pub fn view(account: $crate::account::Account) -> $name {
                $name { data: account.data() }
            }

            /// Marks a new account as one of this type. Its fields are zero.
            #[inline(always)]
            pub fn init(account: $crate::account::Account) -> $name {
                unsafe { (account.data() as *mut u64).write_unaligned($name::DISCRIMINATOR) };
                $name::view(account)
            }
        }
    };
}

/// Whether an account's data begin with `discriminator`.
#[inline(always)]
pub fn has_discriminator(account: Account, discriminator: u64) -> bool {
    account.data_len() >= 8 && unsafe { (account.data() as *const u64).read_unaligned() } == discriminator
}

/// Checks that an account is the program's, of the type with this discriminator, and has at least `size` bytes.
#[inline(never)]
pub fn check(context: &Context, account: Account, discriminator: u64, size: u64, name: Name) -> Result {
    if !account.owner().is(context.program) {
        return Err(if account.is_vacant() { fault::NOT_INITIALIZED } else { fault::WRONG_OWNER }.about(name));
    }
    if account.data_len() < 8 {
        return Err(fault::NO_DISCRIMINATOR.about(name));
    }
    if unsafe { (account.data() as *const u64).read_unaligned() } != discriminator {
        return Err(fault::WRONG_DISCRIMINATOR.about(name));
    }
    if account.data_len() < size {
        return Err(fault::BAD_ACCOUNT.about(name));
    }
    Ok(())
}
