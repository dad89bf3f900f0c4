// Package probe_test runs the sdk on chain: the program here does what no other needs yet.
package probe_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program"
	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// committed is the program's file: nobody but these tests needs it.
var committed = func() []byte {
	elf, err := os.ReadFile(program.ELFFile)
	if err != nil {
		panic(err)
	}
	return elf
}()

var suite = programtest.NewSuite(committed)

func TestMain(m *testing.M) { suite.Main(m) }

const start = 1_700_000_000 // unix time

var id = key("program").PublicKey()

func key(name string) solana.PrivateKey {
	seed := sha256.Sum256([]byte("probe " + name))
	return solana.PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
}

func newBank(t *testing.T) *svm.Bank {
	bank := svm.NewBank(svm.Config{Clock: func() time.Time { return time.Unix(start, 0) }, SlotTime: -1})
	require.NoError(t, bank.AddProgram(id, suite.ELF))
	require.NoError(t, bank.Fund(key("payer").PublicKey(), 1e12))
	return bank
}

// send calls an instruction, paid by the payer, who signs alone.
func send(t *testing.T, bank *svm.Bank, name string, data []byte, metas ...*solana.AccountMeta) svm.Result {
	t.Helper()
	sum := sha256.Sum256([]byte("global:" + name))
	payer := key("payer")
	keys := map[solana.PublicKey]solana.PrivateKey{payer.PublicKey(): payer}
	ix := solana.NewInstruction(id, metas, append(sum[:8:8], data...))
	res := suite.Process(t, bank, id, payer.PublicKey(), keys, []solana.Instruction{ix})
	suite.Outcomes.Count(name, res)
	return res
}

// event returns the fields of the last event in the logs.
func event(t *testing.T, res svm.Result, name string) []byte {
	t.Helper()
	require.Nil(t, res.Err, "%v %v", res.Err, res.Logs)
	var last string
	for _, line := range res.Logs {
		if text, ok := strings.CutPrefix(line, "Program data: "); ok {
			last = text
		}
	}
	data, err := base64.StdEncoding.DecodeString(last)
	require.NoError(t, err)
	sum := sha256.Sum256([]byte("event:" + name))
	require.Equal(t, sum[:8], data[:8])
	return data[8:]
}

func fails(t *testing.T, res svm.Result, code uint32) {
	t.Helper()
	require.NotNil(t, res.Err, res.Logs)
	require.NotNil(t, res.Err.Instruction, "%v %v", res.Err, res.Logs)
	require.Equal(t, code, res.Err.Instruction.Code, res.Logs)
}

func numbers(list ...uint64) (data []byte) {
	for _, n := range list {
		data = binary.LittleEndian.AppendUint64(data, n)
	}
	return data
}
