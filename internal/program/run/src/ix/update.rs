//! update_*: what the authority says about the run, while nobody takes part.

use crate::config;
use crate::error;
use crate::ix::create::{check_text, set_name, set_text, MAX_NAME};
use crate::roster;
use crate::run::{self, CHANGEABLE, VOTE};
use crate::state::{Run, RunConfig};
use sdk::args::{is_ascii, Args};
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::runtime;

const MAX_DESCRIPTION: usize = 280;
const MAX_CLIENT_VERSION: usize = 96;

/// Sets configuration, package and verification. The last one stays once the run was resumed.
#[inline(never)]
pub fn update_config(context: &Context, mut args: Args) -> Result {
    let raw = args.bytes(RunConfig::SIZE as usize)?;
    let digest = args.key()?;
    let cid = args.string()?;
    let verification = args.u8()?;
    let client_version = args.string()?;

    let [account, authority] = context.accounts::<2>()?;
    let run = run::load_writable(context, account)?;
    run::check_authority(run, authority)?;
    check_text(client_version, MAX_CLIENT_VERSION)?;
    check_cid(run, cid)?;
    check_verification(run, verification)?;
    // It is only read: record types have no other view.
    let config = unsafe { RunConfig::at(raw.as_ptr() as *mut u8) };
    config::check(run, config, verification)?;
    run::must_be_in(run, CHANGEABLE)?;

    unsafe { runtime::copy(run.config().at(), raw) };
    run.config_digest().set(digest.0);
    run.package_cid_len().set(cid.len() as u8);
    set_text(run.package_cid(), cid);
    run.verification().set(verification);
    run.client_version_len().set(client_version.len() as u8);
    set_text(run.client_version(), client_version);
    event!("ConfigUpdated", 192).key(account.key()).key(digest).u8(verification).string(cid).emit();
    Ok(())
}

/// A CID as text: 46 to 64 ASCII bytes; with a parent, the one of its model.
#[inline(never)]
fn check_cid(run: Run, cid: &[u8]) -> Result {
    if !(46..=64).contains(&cid.len()) || !is_ascii(cid) {
        return Err(error::INVALID_CID);
    }
    if run.parent().is(&Key::ZERO) {
        return Ok(());
    }
    let of_parent = run.package_cid().get();
    let same = cid.len() == run.package_cid_len().get() as usize && cid.iter().zip(&of_parent).all(|(a, b)| a == b);
    if same {
        Ok(())
    } else {
        Err(error::INVALID_CID)
    }
}

fn check_verification(run: Run, verification: u8) -> Result {
    if verification > VOTE || (run.ends_at().get() != 0 && verification != run.verification().get()) {
        return Err(error::INVALID_PARAMETER);
    }
    if verification == VOTE && !roster::has_money(run) {
        return Err(error::INVALID_TREASURY);
    }
    Ok(())
}

/// Sets the model: the first one, or an earlier one to go back to. With voters zero has proposers find one.
#[inline(never)]
pub fn update_model(context: &Context, mut args: Args) -> Result {
    let digest = args.key()?;
    let [account, authority] = context.accounts::<2>()?;
    let run = run::load_writable(context, account)?;
    run::check_authority(run, authority)?;
    run::must_be_in(run, CHANGEABLE)?;
    let previous = Key(run.model().get());
    run.previous_model().set(previous.0);
    run.model().set(digest.0);
    event!("ModelUpdated").key(account.key()).key(digest).key(&previous).emit();
    Ok(())
}

#[inline(never)]
pub fn update_metadata(context: &Context, mut args: Args) -> Result {
    let title = args.string()?;
    let description = args.string()?;
    let num_parameters = args.u64()?;
    let vocab_size = args.u64()?;
    let [account, authority] = context.accounts::<2>()?;
    let run = run::load_writable(context, account)?;
    run::check_authority(run, authority)?;
    check_text(title, MAX_NAME)?;
    check_text(description, MAX_DESCRIPTION)?;
    run::must_be_in(run, CHANGEABLE)?;

    set_name(run, title);
    run.description_len().set(description.len() as u16);
    set_text(run.description(), description);
    run.num_parameters().set(num_parameters);
    run.vocab_size().set(vocab_size);
    event!("MetadataUpdated").key(account.key()).emit();
    Ok(())
}
