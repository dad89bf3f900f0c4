package rpcapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"iter"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// full is a journal on a disk that gets full.
type full struct{ err error }

func (f *full) Append(svm.Entry) error            { return f.err }
func (f *full) Full() bool                        { return false }
func (f *full) Replace(iter.Seq[svm.Entry]) error { return f.err }

// A transaction that cannot be kept is not confirmed, and changes nothing.
func TestNothingIsConfirmedThatIsNotKept(t *testing.T) {
	bank, disk := svm.NewBank(svm.Config{}), &full{}
	who, err := solana.NewRandomPrivateKey()
	require.NoError(t, err)
	require.NoError(t, bank.Fund(who.PublicKey(), 1e9))
	require.NoError(t, bank.Keep(disk))
	hash, _ := bank.LatestBlockhash()
	tx, err := solana.NewTransaction([]solana.Instruction{system.NewTransferInstruction(5e8, who.PublicKey(), solana.PublicKey{1}).Build()},
		hash, solana.TransactionPayer(who.PublicKey()))
	require.NoError(t, err)
	_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &who })
	require.NoError(t, err)
	wire, err := tx.MarshalBinary()
	require.NoError(t, err)
	param, err := json.Marshal(base64.StdEncoding.EncodeToString(wire))
	require.NoError(t, err)

	methods := New(Config{Bank: bank}).Methods()
	_, err = methods["getHealth"](t.Context(), nil)
	require.NoError(t, err)

	disk.err = errors.New("no space left on device")
	send := methods["sendTransaction"]
	_, err = send(context.Background(), []json.RawMessage{param, json.RawMessage(`{"encoding":"base64"}`)})
	require.ErrorContains(t, err, "no space left on device")
	_, _, processed := bank.Status(tx.Signatures[0])
	require.False(t, processed)
	_, paid := bank.Account(solana.PublicKey{1})
	require.False(t, paid)

	_, err = methods["getHealth"](t.Context(), nil)
	require.ErrorContains(t, err, "Node is unhealthy")
	<-bank.Failed()
	require.ErrorIs(t, bank.Err(), disk.err)

	disk.err = nil
	require.Error(t, bank.Fund(who.PublicKey(), 1), "the journal has a gap")
	require.ErrorContains(t, bank.Stop(nil), "no space")
}
