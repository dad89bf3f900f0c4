//! initialize: the protocol's own account, once.

use crate::ix::protocol::set_params;
use crate::name;
use crate::params::DEFAULTS;
use crate::state::RoundCounter;
use sdk::args::Args;
use sdk::context::Context;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::loader;
use sdk::pda::{self, Seeds};

/// DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh, the id that the kits know.
const KITS_PROGRAM: Key = Key([
    181, 51, 92, 208, 186, 116, 250, 55, 100, 202, 254, 152, 232, 137, 111, 42, 150, 176, 222, 210, 232, 234, 96, 219,
    105, 55, 59, 232, 9, 21, 96, 124,
]);

/// FzuCxi65QyFXAGbHcXB28RXqyBZSZ5KXLQxeofx1P9K2, the treasury that the kits know.
const KITS_TREASURY: Key = Key([
    222, 216, 192, 186, 66, 74, 175, 161, 255, 148, 53, 162, 61, 24, 216, 169, 186, 69, 111, 113, 100, 193, 132, 169,
    19, 242, 115, 251, 7, 105, 17, 133,
]);

/// Creates the round counter. The treasury is the kits' under their program id, which is the local chain's default, and
/// the authority's own account under any other, so that no deployer's fees go to strangers.
#[inline(never)]
pub fn initialize(context: &Context, _: Args) -> Result {
    let [counter, authority, system, program_data] = context.accounts::<4>()?;
    let place = pda::place(context, counter, &Seeds::new(b"round_counter"), name::ROUND_COUNTER)?;
    authority.must_pay(name::AUTHORITY)?;
    system.must_be_system_program()?;
    loader::must_be_upgrade_authority(context, program_data, authority.key(), name::PROGRAM_DATA)?;
    place.must_be_vacant()?;

    place.create(context, authority, RoundCounter::SIZE, 0)?;
    let state = RoundCounter::init(counter);
    state.bump().set(place.bump);
    state.authority().set(*authority.key());
    state.treasury().set(if context.program.is(&KITS_PROGRAM) { KITS_TREASURY } else { *authority.key() });
    set_params(state, DEFAULTS);
    Ok(())
}
