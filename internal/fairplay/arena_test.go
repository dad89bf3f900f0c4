package fairplay

import (
	"slices"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/round"
)

// An arena is a ledger with the program, and a record that is played on it.
type arena struct {
	*testing.T
	record
	bank *svm.Bank
	addr round.Addresses
	keys map[solana.PublicKey]solana.PrivateKey
}

// onChain plays a record with the program.
func onChain(t *testing.T, rec record) settlement {
	opened := scoring.Add(-time.Hour)
	bank := svm.NewBank(svm.Config{Clock: func() time.Time { return opened }, SlotTime: -1})
	require.NoError(t, bank.AddProgram(round.LocalProgram, round.Program()))
	require.NoError(t, bank.Fund(round.LocalTreasury, prize))
	a := &arena{t, rec, bank, round.Addresses{Program: round.LocalProgram}, map[solana.PublicKey]solana.PrivateKey{}}
	a.accepts(round.Initialize{Authority: a.wallet("authority")})
	a.open(opened)
	if rec.terms.Sealed() {
		a.sealedVotes()
	} else {
		a.openVotes()
	}
	return a.settleUp()
}

// wallet funds a wallet when it first appears.
func (a *arena) wallet(name string) solana.PublicKey {
	key := address(name)
	if _, ok := a.keys[key]; !ok {
		a.keys[key] = private(name)
		require.NoError(a, a.bank.Fund(key, 10*prize))
	}
	return key
}

func (a *arena) process(i round.Instruction) svm.Result {
	a.Helper()
	built, err := i.Build(a.addr.Program)
	require.NoError(a, err)
	hash, _ := a.bank.LatestBlockhash()
	tx, err := solana.NewTransaction([]solana.Instruction{built}, hash, solana.TransactionPayer(a.wallet("payer")))
	require.NoError(a, err)
	_, err = tx.Sign(func(k solana.PublicKey) *solana.PrivateKey { key := a.keys[k]; return &key })
	require.NoError(a, err)
	raw, err := tx.MarshalBinary()
	require.NoError(a, err)
	return a.bank.Process(raw)
}

func (a *arena) accepts(i round.Instruction) {
	a.Helper()
	res := a.process(i)
	require.Nil(a, res.Err, "%T: %v %v", i, res.Err, res.Logs)
}

// code is the error that an instruction ends with.
func (a *arena) code(i round.Instruction) error {
	if res := a.process(i); res.Err != nil {
		require.Equal(a, "Custom", res.Err.Instruction.Kind, "%v", res.Logs)
		return round.Code(res.Err.Instruction.Code)
	}
	return nil
}

// open creates the round, in which everybody stakes and all trainers submit.
func (a *arena) open(now time.Time) {
	creator := a.wallet("creator")
	options := a.terms.Options
	if !a.terms.Sealed() {
		options.Deadline, options.ValidationWindow = now.Add(2*time.Hour), time.Hour
	}
	a.accepts(round.CreateRound{ModelCID: cid(0), Reward: prize, MinRating: 100, Creator: creator})
	a.accepts(round.ConfigureRound{Options: options, Creator: creator})
	if a.terms.Sealed() {
		a.accepts(round.ConfigureFair{Options: *a.terms.Fair, Creator: creator})
		for _, name := range a.everyVoter() {
			a.accepts(round.AddStake{Amount: stake, Validator: a.wallet(name)})
		}
	} else {
		a.vote(0)
	}
	for i, name := range a.trainers {
		a.accepts(round.CreateTrainerProfile{Trainer: a.wallet(name)})
		a.accepts(round.SubmitGradient{GradientCID: cid(i + 1), Sealed: a.terms.Sealed(), Trainer: a.wallet(name)})
	}
}

// everyVoter are all who have a stake, drawn or not.
func (a *arena) everyVoter() []string {
	n := int(a.terms.TotalStake/stake) - Fair.validators()
	return append(numbered(honestValidator, Fair.validators()), numbered(attackingValidator, n)...)
}

func cid(n int) string {
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	return "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbz" + string(digits[n/32%32]) + string(digits[n%32])
}

// subject is the key of what is scored.
func (a *arena) subject(n int) solana.PublicKey {
	if n == 0 {
		return round.BaseModel
	}
	return a.wallet(a.trainers[n-1])
}

// vote sends the open votes about a subject.
func (a *arena) vote(subject int) {
	for _, v := range a.votes {
		switch {
		case v.subject != subject:
		case subject == 0:
			a.accepts(round.Prevalidate{Accuracy: v.accuracy, Validator: a.wallet(v.validator)})
		default:
			a.accepts(round.Postvalidate{Trainer: a.subject(subject), Accuracy: v.accuracy, Validator: a.wallet(v.validator)})
		}
	}
}

func (a *arena) openVotes() {
	for i := range a.trainers {
		a.vote(i + 1)
	}
	a.at(scoring.Add(2 * time.Hour))
}

func (a *arena) at(t time.Time) { a.bank.Warp(t.Sub(time.Unix(a.bank.UnixTime(), 0))) }

// sealedVotes draws the committee, with the lots of the record, and has everybody commit and reveal.
func (a *arena) sealedVotes() {
	a.at(a.terms.SubmissionsClose())
	if a.terms.HasHoldout() && !a.withheld {
		a.accepts(round.RevealHoldout{Key: holdoutKey, Anyone: a.wallet("creator")})
	}
	a.accepts(round.DrawCommittee{Anyone: a.wallet("payer")})
	a.bank.WarpSlots(2)
	a.accepts(round.DrawCommittee{Anyone: a.wallet("payer")})
	a.sameLots()
	for sitting := range round.Sittings {
		a.at(a.terms.SittingStarts(sitting))
		a.refusesOthers(sitting)
		for _, v := range a.of(sitting) {
			a.accepts(a.commitment(v))
		}
		a.at(a.terms.SittingStarts(sitting).Add(a.terms.Options.CommitWindow))
		for _, v := range a.of(sitting) {
			if v.opened {
				a.accepts(a.reveal(v))
			} else {
				v.accuracy++ // an equivocator tells something else
				require.ErrorIs(a, a.code(a.reveal(v)), round.ErrBadReveal)
			}
		}
	}
	a.at(a.terms.ScoringEnds())
}

// sameLots puts the record's seed in the place of the chain's.
func (a *arena) sameLots() {
	key := a.addr.Round(0)
	account, ok := a.bank.Account(key)
	require.True(a, ok)
	account.Data = slices.Clone(account.Data)
	copy(account.Data[896:], a.terms.Seed[:])
	require.NoError(a, a.bank.SetAccount(key, account))
	r, err := round.DecodeRound(key, account.Data)
	require.NoError(a, err)
	require.Equal(a, a.terms.Seed, r.Seed)
	require.Equal(a, a.terms.TotalStake, r.TotalStake)
}

// refusesOthers has those commit to the base who have not been drawn.
func (a *arena) refusesOthers(sitting int) {
	for _, name := range a.everyVoter() {
		if sitting == 0 && !slices.ContainsFunc(a.votes, func(v vote) bool { return v.validator == name }) {
			require.ErrorIs(a, a.code(a.commitment(vote{validator: name, accuracy: 1})), round.ErrNotEligible, "%s", name)
		}
	}
}

// of are the votes of a sitting.
func (a *arena) of(sitting int) (all []vote) {
	for _, v := range a.votes {
		if v.sitting == sitting {
			all = append(all, v)
		}
	}
	return all
}

func (a *arena) commitment(v vote) round.Instruction {
	hash := round.CommitmentHash(a.addr.Program, 0, a.subject(v.subject), a.wallet(v.validator), v.accuracy, [32]byte{})
	return round.CommitValidation{Subject: a.subject(v.subject), Hash: hash, Sealed: true, Validator: a.wallet(v.validator)}
}

func (a *arena) reveal(v vote) round.Instruction {
	if v.subject == 0 {
		return round.RevealPrevalidation{Accuracy: v.accuracy, Validator: a.wallet(v.validator)}
	}
	return round.RevealPostvalidation{Trainer: a.subject(v.subject), Accuracy: v.accuracy, Validator: a.wallet(v.validator)}
}
