package round_test

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

func discriminator(text string) [8]byte {
	sum := sha256.Sum256([]byte(text))
	return [8]byte(sum[:8])
}

type idl struct {
	Instructions []struct {
		Name          string  `json:"name"`
		Discriminator [8]byte `json:"discriminator"`
		Accounts      []struct {
			Name     string `json:"name"`
			Writable bool   `json:"writable"`
			Signer   bool   `json:"signer"`
		} `json:"accounts"`
	} `json:"instructions"`
	Events []struct {
		Name string `json:"name"`
	} `json:"events"`
	Errors []struct {
		Code uint32 `json:"code"`
		Name string `json:"name"`
	} `json:"errors"`
}

func readIDL(t *testing.T) (out idl) {
	require.NoError(t, json.Unmarshal(round.IDL(), &out))
	return out
}

func TestEveryErrorOfTheProgramHasItsCode(t *testing.T) {
	for _, e := range readIDL(t).Errors {
		c := round.Code(e.Code)
		require.Equal(t, e.Name, c.Name())
		require.Contains(t, c.Error(), ": ", "what to do about it")
		require.NotErrorIs(t, error(c), c+1)
	}
	require.Equal(t, "round: program error 7777", round.Code(7777).Error())
}

var wallet, other = solana.PublicKey{1}, solana.PublicKey{2}

// instructions is one of each, by its name in the IDL.
var instructions = map[string]round.Instruction{
	"initialize": round.Initialize{Authority: wallet},
	"create_round": round.CreateRound{RoundID: 7, ModelCID: modelCID, Dataset: 2, Reward: 1, MinRating: rating.Floor,
		Creator: wallet},
	"configure_round": round.ConfigureRound{RoundID: 7, Creator: wallet, Options: round.Options{Deadline: time.Unix(1, 0),
		MinPrevalidations: 1, MinPostvalidations: 1}},
	"assert_terms": round.AssertTerms{RoundID: 7, Hash: [32]byte{1}},
	"configure_fair": round.ConfigureFair{RoundID: 7, Creator: wallet, Options: round.FairOptions{Deadline: time.Unix(1, 0),
		OutlierTolerance: 20}},
	"draw_committee":         round.DrawCommittee{RoundID: 7, Anyone: wallet},
	"slash_commitment":       round.SlashCommitment{RoundID: 7, Subject: other, Validator: wallet, Treasury: other, Reporter: other},
	"reveal_holdout":         round.RevealHoldout{RoundID: 7, Anyone: wallet},
	"cancel_round":           round.CancelRound{RoundID: 7, Creator: wallet},
	"create_trainer_profile": round.CreateTrainerProfile{Trainer: wallet},
	"prevalidate":            round.Prevalidate{RoundID: 7, Accuracy: 1, Validator: wallet},
	"submit_gradient":        round.SubmitGradient{RoundID: 7, GradientCID: modelCID, Trainer: wallet},
	"postvalidate":           round.Postvalidate{RoundID: 7, Trainer: other, Accuracy: 1, Validator: wallet},
	"finalize_round":         round.FinalizeRound{RoundID: 7, Creator: wallet},
	"force_finalize":         round.ForceFinalize{RoundID: 7, Anyone: wallet},
	"claim_trainer":          round.ClaimTrainer{RoundID: 7, Treasury: other, Trainer: wallet},
	"claim_validator_pre":    round.ClaimValidatorPre{RoundID: 7, Treasury: other, Validator: wallet},
	"claim_validator_post":   round.ClaimValidatorPost{RoundID: 7, Trainer: other, Treasury: other, Validator: wallet},
	"settle_rating":          round.SettleRating{RoundID: 7, Trainer: other, Anyone: wallet},
	"withdraw_remainder":     round.WithdrawRemainder{RoundID: 7, Creator: wallet},
	"update_protocol":        round.UpdateProtocol{Treasury: other, Authority: wallet},
	"propose_authority":      round.ProposeAuthority{New: other, Authority: wallet},
	"accept_authority":       round.AcceptAuthority{Authority: wallet},
	"commit_validation":      round.CommitValidation{RoundID: 7, Subject: other, Validator: wallet},
	"reveal_prevalidation":   round.RevealPrevalidation{RoundID: 7, Validator: wallet},
	"reveal_postvalidation":  round.RevealPostvalidation{RoundID: 7, Trainer: other, Validator: wallet},
	"close_commitment":       round.CloseCommitment{RoundID: 7, Validator: wallet},
	"stake":                  round.AddStake{Amount: 1, Validator: wallet},
	"request_unstake":        round.RequestUnstake{Amount: 1, Validator: wallet},
	"withdraw_stake":         round.WithdrawStake{Validator: wallet},
	"slash_validator":        round.SlashValidator{RoundID: 7, Validator: wallet, Treasury: other, Reporter: other},
	"close_gradient":         round.CloseGradient{RoundID: 7, Trainer: wallet, Anyone: other},
	"set_source":             round.SetSource{RoundID: 7, Source: "hf:a/b@c", Trainer: wallet},
	"close_source":           round.CloseSource{RoundID: 7, Trainer: wallet, Anyone: other},
	"close_validation":       round.CloseValidation{RoundID: 7, Trainer: other, Validator: wallet, Anyone: other},
	"close_round":            round.CloseRound{RoundID: 7, Creator: wallet, Anyone: other},
}

// Each instruction goes to the program that it was built for, begins with its
// discriminator, and has its accounts with the IDL's flags and one signer.
func TestEveryInstructionOfTheProgramCanBeBuilt(t *testing.T) {
	program := solana.PublicKey{99}
	all := readIDL(t).Instructions
	for _, want := range all {
		i, ok := instructions[want.Name]
		require.True(t, ok, want.Name)
		built, err := i.Build(program)
		require.NoError(t, err, want.Name)
		require.Equal(t, program, built.ProgramID())
		data, err := built.Data()
		require.NoError(t, err)
		require.Equal(t, discriminator("global:"+want.Name), [8]byte(data), want.Name)
		require.Equal(t, want.Discriminator, [8]byte(data), want.Name)
		require.Len(t, built.Accounts(), len(want.Accounts), want.Name)
		for n, account := range built.Accounts() {
			require.Equal(t, want.Accounts[n].Writable, account.IsWritable, "%s %s", want.Name, want.Accounts[n].Name)
			require.Equal(t, want.Accounts[n].Signer, account.IsSigner, "%s %s", want.Name, want.Accounts[n].Name)
			require.False(t, account.PublicKey.IsZero() && want.Accounts[n].Name != "system_program", "%s %s", want.Name, want.Accounts[n].Name)
		}
	}
	require.Len(t, instructions, len(all))
}

func TestInstructionsRefuseBadArguments(t *testing.T) {
	good := round.Options{Deadline: time.Unix(1, 0), MinPrevalidations: 3, MinPostvalidations: 3}
	with := func(change func(*round.Options)) round.Instruction {
		o := good
		change(&o)
		return round.ConfigureRound{Options: o, Creator: wallet}
	}
	for name, i := range map[string]round.Instruction{
		"no creator":             round.CreateRound{ModelCID: modelCID, Reward: 1, MinRating: 100},
		"CID of 45":              round.CreateRound{ModelCID: modelCID[:45], Reward: 1, MinRating: 100, Creator: wallet},
		"CID of 65":              round.CreateRound{ModelCID: modelCID + "abcdef", Reward: 1, MinRating: 100, Creator: wallet},
		"CID with an umlaut":     round.CreateRound{ModelCID: modelCID[:50] + "ü", Reward: 1, MinRating: 100, Creator: wallet},
		"no reward":              round.CreateRound{ModelCID: modelCID, MinRating: 100, Creator: wallet},
		"rating too low":         round.CreateRound{ModelCID: modelCID, Reward: 1, MinRating: 99, Creator: wallet},
		"rating too high":        round.CreateRound{ModelCID: modelCID, Reward: 1, MinRating: 501, Creator: wallet},
		"no deadline":            with(func(o *round.Options) { o.Deadline = time.Time{} }),
		"quorum of 0":            with(func(o *round.Options) { o.MinPrevalidations = 0 }),
		"quorum of 25":           with(func(o *round.Options) { o.MinPostvalidations = 25 }),
		"window of half seconds": with(func(o *round.Options) { o.BaseWindow = time.Second / 2 }),
		"window below 0":         with(func(o *round.Options) { o.CommitWindow = -time.Second }),
		"unknown rule":           with(func(o *round.Options) { o.RewardRule = 3 }),
		"marginal with 2":        with(func(o *round.Options) { o.RewardRule, o.MinPostvalidations = 1, 2 }),
		"win rate with 2":        with(func(o *round.Options) { o.RewardRule, o.MinPrevalidations = 2, 2 }),
		"unknown task":           round.ConfigureFair{Options: round.FairOptions{Task: 2, OutlierTolerance: 20, Deadline: time.Unix(1, 0)}, Creator: wallet},
		"no source":              round.SetSource{Trainer: wallet},
		"source of 129":          round.SetSource{Source: strings.Repeat("x", 129), Trainer: wallet},
		"source with a space":    round.SetSource{Source: "hf:a b", Trainer: wallet},
		"source with an umlaut":  round.SetSource{Source: "hf:ä", Trainer: wallet},
		"source with a delete":   round.SetSource{Source: "hf:\x7f", Trainer: wallet},
		"source of nobody":       round.SetSource{Source: "hf:a"},
		"accuracy over 100 %":    round.Postvalidate{Trainer: other, Validator: wallet, Accuracy: 10_001},
		"no treasury":            round.ClaimTrainer{Trainer: wallet},
		"fair without deadline":  round.ConfigureFair{Options: round.FairOptions{OutlierTolerance: 20}, Creator: wallet},
		"tolerance of 19":        round.ConfigureFair{Options: round.FairOptions{OutlierTolerance: 19, Deadline: time.Unix(1, 0)}, Creator: wallet},
		"publication for days":   round.ConfigureFair{Options: round.FairOptions{OutlierTolerance: 20, Deadline: time.Unix(1, 0), PublishWindow: time.Millisecond}, Creator: wallet},
		"terms of no round":      round.AssertTerms{RoundID: 7},
		"no trainer":             round.SettleRating{Anyone: wallet},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := i.Build(round.LocalProgram)
			require.ErrorIs(t, err, round.ErrArgument)
		})
	}
}

func TestAddresses(t *testing.T) {
	a := round.Addresses{Program: round.LocalProgram}
	all := []solana.PublicKey{a.Counter(), a.Round(1), a.Round(2), a.Vault(1), a.Gradient(1, wallet), a.Gradient(1, other), a.PreValidation(1, wallet),
		a.PostValidation(1, wallet, other), a.PostValidation(1, other, wallet), a.Profile(wallet), a.Stake(wallet),
		a.Commitment(1, solana.PublicKey{}, wallet), a.Commitment(1, other, wallet), a.Unopened(1, wallet), a.Source(1, wallet)}
	distinct := map[solana.PublicKey]bool{}
	for _, k := range all {
		require.False(t, k.IsZero())
		require.False(t, k.IsOnCurve())
		distinct[k] = true
	}
	require.Len(t, distinct, len(all))
	want, _, err := solana.FindProgramAddress([][]byte{[]byte("round"), {7, 1, 0, 0, 0, 0, 0, 0}}, round.LocalProgram)
	require.NoError(t, err)
	require.Equal(t, want, a.Round(263), "the id is little-endian")
}
