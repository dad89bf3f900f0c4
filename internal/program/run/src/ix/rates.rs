//! set_future_epoch_rates: what members earn and lose by epoch, from the next one on.

use crate::run;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;

#[inline(never)]
pub fn set_future_epoch_rates(context: &Context, mut args: Args) -> Result {
    let earning = args.option(Args::u64)?;
    let slashing = args.option(Args::u64)?;
    let shared = args.option(Args::bool)?;
    let [account, authority] = context.accounts::<2>()?;
    let run = run::load_writable(context, account)?;
    run::check_authority(run, authority)?;

    if let Some(rate) = earning {
        run.future_earning_rate().set(rate);
    }
    if let Some(rate) = slashing {
        run.future_slashing_rate().set(rate);
    }
    if let Some(shared) = shared {
        run.future_rate_shared().set(shared);
    }
    run.treasury_low().set(false);
    event!("RatesChanged")
        .key(account.key())
        .u64(run.future_earning_rate().get())
        .u64(run.future_slashing_rate().get())
        .bool(run.future_rate_shared().is_set())
        .emit();
    Ok(())
}
