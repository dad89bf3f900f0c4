//! The upgradeable loader, which keeps who may replace a program.

use crate::account::Account;
use crate::context::Context;
use crate::fault::{self, Name, Result};
use crate::key::Key;
use crate::runtime::{self, Slice};

/// BPFLoaderUpgradeab1e11111111111111111111111
const UPGRADEABLE_LOADER: Key = Key([
    2, 168, 246, 145, 78, 136, 161, 176, 226, 16, 21, 62, 247, 99, 174, 43, 0, 194, 185, 61, 22, 193, 36, 210, 192, 83,
    122, 16, 4, 128, 0, 0,
]);

/// Fails unless `authority` may upgrade this program, or nobody may. `program_data` is the loader's account for the
/// program; it is empty where another loader deployed the program.
pub fn must_be_upgrade_authority(context: &Context, program_data: Account, authority: &Key, name: Name) -> Result {
    let seeds = [Slice::key(context.program)];
    if !program_data.key().is(&runtime::find_program_address(&seeds, &UPGRADEABLE_LOADER).0) {
        return Err(fault::SEEDS.about(name));
    }
    if program_data.is_vacant() {
        return Ok(());
    }
    if !program_data.owner().is(&UPGRADEABLE_LOADER) {
        return Err(fault::WRONG_OWNER.about(name));
    }
    // Tag u32 (3 = program data), slot u64, authority Option<Pubkey>.
    if program_data.data_len() < 45 {
        return Err(fault::BAD_ACCOUNT.about(name));
    }
    let data = program_data.data();
    let (tag, has_authority, present) = unsafe { (*data, *data.add(12), &*(data.add(13) as *const Key)) };
    if tag != 3 {
        return Err(fault::BAD_ACCOUNT.about(name));
    }
    if has_authority != 0 && !present.is(authority) {
        return Err(fault::CONSTRAINT_RAW.about(name));
    }
    Ok(())
}
