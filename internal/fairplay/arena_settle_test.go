package fairplay

import (
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// settleUp finalizes; everybody claims, and everything is reported.
func (a *arena) settleUp() settlement {
	s := settlement{gains: map[string]int64{}}
	a.accepts(round.ForceFinalize{Anyone: a.wallet("payer")})
	for _, name := range a.trainers {
		s.gains[name] += a.gain(name, round.ClaimTrainer{Treasury: round.LocalTreasury, Trainer: a.wallet(name)}) - int64(a.terms.Bond())
	}
	for _, v := range a.votes {
		if v.opened {
			s.gains[v.validator] += a.gain(v.validator, a.claim(v))
		}
		a.report(v)
	}
	slashed := map[string]bool{}
	for _, v := range a.votes {
		account, ok := a.bank.Account(a.addr.Stake(a.wallet(v.validator)))
		if !ok || slashed[v.validator] {
			continue
		}
		held, err := round.DecodeStake(a.addr.Stake(a.wallet(v.validator)), account.Data)
		require.NoError(a, err)
		s.gains[v.validator] -= int64(held.Slashed)
		slashed[v.validator] = true
	}
	s.remainder = a.remainder()
	return s
}

func (a *arena) gain(name string, i round.Instruction) int64 {
	before, _ := a.bank.Account(address(name))
	a.accepts(i)
	after, _ := a.bank.Account(address(name))
	return int64(after.Lamports) - int64(before.Lamports)
}

func (a *arena) claim(v vote) round.Instruction {
	if v.subject == 0 {
		return round.ClaimValidatorPre{Treasury: round.LocalTreasury, Validator: a.wallet(v.validator)}
	}
	return round.ClaimValidatorPost{Trainer: a.subject(v.subject), Treasury: round.LocalTreasury, Validator: a.wallet(v.validator)}
}

// report has every score and every commitment that is left slashed that can be.
func (a *arena) report(v vote) {
	reporter, validator := a.wallet("reporter"), a.wallet(v.validator)
	if !v.opened {
		a.accepts(round.SlashCommitment{Subject: a.subject(v.subject), Validator: validator, Treasury: round.LocalTreasury, Reporter: reporter})
		return
	}
	err := a.code(round.SlashValidator{Trainer: a.subject(v.subject), Validator: validator, Treasury: round.LocalTreasury, Reporter: reporter})
	if !errors.Is(err, round.ErrNotOutlier) {
		require.NoError(a, err)
	}
}

// remainder is what the creator gets beside the vault's rent.
func (a *arena) remainder() uint64 {
	vault, ok := a.bank.Account(a.addr.Vault(0))
	require.True(a, ok)
	rent := int64(2 * 3480 * (128 + len(vault.Data)))
	return uint64(a.gain("creator", round.WithdrawRemainder{Treasury: round.LocalTreasury, Creator: a.wallet("creator")}) - rent)
}
