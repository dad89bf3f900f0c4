package kitcompat

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// calls compares the bytes and accounts of every transaction that Python sent with those of the Go client.
func (o outcome) calls(t *testing.T) {
	names := map[string]bool{}
	for _, s := range o.Sent {
		out, err := o.net.RPC().GetTransaction(t.Context(), solana.MustSignatureFromBase58(s.Signature), &rpc.GetTransactionOpts{
			Encoding: solana.EncodingBase64, Commitment: rpc.CommitmentConfirmed})
		require.NoError(t, err)
		got, err := out.Transaction.GetTransaction()
		require.NoError(t, err)

		ix, err := o.instruction(t, s).Build(o.net.ProgramID())
		require.NoError(t, err)
		want, err := solana.NewTransaction([]solana.Instruction{ix}, got.Message.RecentBlockhash, solana.TransactionPayer(o.wallet(s.Who)))
		require.NoError(t, err)
		require.Len(t, got.Message.Instructions, 1)
		gotMetas, err := got.Message.Instructions[0].ResolveInstructionAccounts(&got.Message)
		require.NoError(t, err)
		wantMetas, err := want.Message.Instructions[0].ResolveInstructionAccounts(&want.Message)
		require.NoError(t, err)
		require.Equal(t, want.Message.Instructions[0].Data, got.Message.Instructions[0].Data, s.Name)
		require.Equal(t, wantMetas, gotMetas, s.Name)
		names[s.Name] = true
	}
	require.Len(t, names, 12, "every call of the kits was made: %v", names)
}

// instruction returns the Go client's instruction for a call.
func (o outcome) instruction(t *testing.T, s sent) round.Instruction {
	t.Helper()
	me, treasury := o.wallet(s.Who), round.LocalTreasury
	switch s.Name {
	case "create_round":
		return round.CreateRound{RoundID: s.Round, ModelCID: s.CID, Dataset: round.Dataset(s.Dataset), Reward: s.Reward,
			MinRating: rating.Stars(s.MinRating), Creator: me}
	case "cancel_round":
		return round.CancelRound{RoundID: s.Round, Creator: me}
	case "create_trainer_profile":
		return round.CreateTrainerProfile{Trainer: me}
	case "prevalidate":
		return round.Prevalidate{RoundID: s.Round, Accuracy: s.Accuracy, Validator: me}
	case "submit_gradient":
		return round.SubmitGradient{RoundID: s.Round, GradientCID: s.CID, Trainer: me}
	case "postvalidate":
		return round.Postvalidate{RoundID: s.Round, Trainer: s.Trainer, Accuracy: s.Accuracy, Validator: me}
	case "finalize_round":
		return round.FinalizeRound{RoundID: s.Round, Creator: me}
	case "force_finalize":
		return round.ForceFinalize{RoundID: s.Round, Anyone: me}
	case "claim_trainer":
		return round.ClaimTrainer{RoundID: s.Round, Treasury: treasury, Trainer: me}
	case "claim_validator_pre":
		return round.ClaimValidatorPre{RoundID: s.Round, Treasury: treasury, Validator: me}
	case "claim_validator_post":
		return round.ClaimValidatorPost{RoundID: s.Round, Trainer: s.Trainer, Treasury: treasury, Validator: me}
	case "withdraw_remainder":
		return round.WithdrawRemainder{RoundID: s.Round, Creator: me}
	}
	t.Fatalf("unknown call: %s", s.Name)
	return nil
}

// event is an event as the kits parse it: the union of all types.
type event struct {
	Name        string `json:"event"`
	RoundID     uint64 `json:"round_id"`
	Creator     key    `json:"creator"`
	Trainer     key    `json:"trainer"`
	Validator   key    `json:"validator"`
	Dataset     uint8  `json:"dataset"`
	Reward      uint64 `json:"reward_amount"`
	Accuracy    uint32 `json:"accuracy"`
	PreCount    uint8  `json:"pre_count"`
	PostCount   uint8  `json:"post_count"`
	CID         string `json:"gradient_cid"`
	Gradients   uint8  `json:"gradients_count"`
	Amount      uint64 `json:"amount"`
	Improvement uint32 `json:"improvement"`
	Type        string `json:"validation_type"`
}

// events compares the events from the WebSocket with the effects of each transaction.
func (o outcome) events(t *testing.T) {
	var want []event
	pre, post, submitted := map[uint64]uint8{}, map[string]uint8{}, map[uint64]uint8{}
	improvement := func(s sent) uint32 { return uint32(o.Rounds[s.Round].Gradients[s.Who].Improvement) }
	for _, s := range o.Sent {
		me := o.wallet(s.Who)
		e := event{RoundID: s.Round}
		switch s.Name {
		case "create_round":
			e.Name, e.Creator, e.Dataset, e.Reward = "RoundCreated", me, s.Dataset, s.Reward
		case "cancel_round":
			e.Name = "RoundCancelled"
		case "prevalidate":
			pre[s.Round]++
			e.Name, e.Validator, e.Accuracy, e.PreCount = "Prevalidated", me, s.Accuracy, pre[s.Round]
		case "submit_gradient":
			submitted[s.Round]++
			e.Name, e.Trainer, e.CID, e.Gradients = "GradientSubmitted", me, s.CID, submitted[s.Round]
		case "postvalidate":
			subject := string(rune(s.Round)) + s.Trainer.String()
			post[subject]++
			e.Name, e.Trainer, e.Validator, e.Accuracy, e.PostCount = "Postvalidated", s.Trainer, me, s.Accuracy, post[subject]
		case "finalize_round", "force_finalize":
			e.Name = "RoundFinalized"
		case "claim_trainer":
			e.Name, e.Trainer, e.Amount, e.Improvement = "TrainerRewardClaimed", me, o.moved(t, s), improvement(s)
		case "claim_validator_pre":
			e.Name, e.Validator, e.Amount, e.Type = "ValidatorRewardClaimed", me, o.moved(t, s), "pre"
		case "claim_validator_post":
			e.Name, e.Validator, e.Amount, e.Type = "ValidatorRewardClaimed", me, o.moved(t, s), "post"
		default:
			continue // it has no event that the kits know
		}
		want = append(want, e)
	}
	require.Equal(t, want, o.Events)

	var signatures []string
	for _, s := range o.Sent {
		signatures = append(signatures, s.Signature)
	}
	require.Equal(t, signatures, o.Notified)
}
