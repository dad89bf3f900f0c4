package run

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// CanUpdateConfig returns why u.Authority cannot set this configuration now.
func (v *View) CanUpdateConfig(u UpdateConfig) error {
	return v.byAuthority(u.Authority, func(s model.State) error {
		return s.UpdateConfig(u.Settings.model(), u.Digest, u.PackageCID, uint8(u.Verification), u.ClientVersion)
	})
}

// CanUpdateModel returns why a wallet cannot set the model now.
func (v *View) CanUpdateModel(wallet solana.PublicKey) error {
	return v.byAuthority(wallet, func(s model.State) error { return s.UpdateModel(model.Digest{}) })
}

// CanUpdateMetadata returns why u.Authority cannot set these texts now.
func (v *View) CanUpdateMetadata(u UpdateMetadata) error {
	return v.byAuthority(u.Authority, func(s model.State) error {
		return s.UpdateMetadata(u.Name, u.Description, u.NumParameters, u.VocabSize)
	})
}

// CanProposeAuthority returns why a wallet cannot offer the run to another one now.
func (v *View) CanProposeAuthority(wallet solana.PublicKey) error {
	return v.byAuthority(wallet, func(s model.State) error { return s.ProposeAuthority(wallet) })
}

// CanAcceptAuthority returns why a wallet cannot become the run's authority now.
func (v *View) CanAcceptAuthority(wallet solana.PublicKey) error {
	if wallet != v.Run.PendingAuthority {
		return &RuleError{Err: chain.ErrConstraintHasOne}
	}
	return v.refusal(model.State.AcceptAuthority)
}

// CanSetPaused returns why a wallet cannot pause the run, or resume it, now.
func (v *View) CanSetPaused(wallet solana.PublicKey, paused bool) error {
	return v.byAuthority(wallet, func(s model.State) error { return s.SetPaused(paused, v.clock().Now) })
}

// CanSetFutureEpochRates returns why a wallet cannot set the rates to come.
func (v *View) CanSetFutureEpochRates(wallet solana.PublicKey) error {
	return v.byAuthority(wallet, func(model.State) error { return nil })
}

// CanTopUp returns why nobody can add so many base units to the pool now. surplus is
// what the vault holds beside [Run.Liabilities] and its rent.
func (v *View) CanTopUp(amount, surplus uint64) error {
	return v.refusal(func(s model.State) error { return s.TopUp(amount, surplus, v.clock().Now) })
}

// CanWithdrawSurplus returns why a wallet cannot take so many base units out of the
// pool now.
func (v *View) CanWithdrawSurplus(wallet solana.PublicKey, amount uint64) error {
	return v.byAuthority(wallet, func(s model.State) error { return s.WithdrawSurplus(amount) })
}

// CanClose returns why a wallet cannot close the run now.
func (v *View) CanClose(wallet solana.PublicKey) error {
	err := v.byAuthority(wallet, func(s model.State) error { return s.CloseRun(v.clock()) })
	if v.Run.State == Finished && v.Run.Stakes == 0 {
		err = until(err, ErrNotEmpty, v.Run.StateStartedAt.Add(ClaimPeriod), v.Now)
	}
	return err
}

// ClaimPeriod is for how long after its end a run with points that nobody has
// claimed cannot be closed.
const ClaimPeriod = model.ClaimPeriod * time.Second
