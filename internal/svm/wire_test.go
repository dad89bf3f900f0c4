package svm

import (
	"errors"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"
)

// goodWire is a legacy transaction.
func goodWire(t testing.TB) []byte {
	b := NewBank(Config{Clock: testClock})
	k := solana.PrivateKey(testKey(1))
	return sign(t, b, k, []solana.Instruction{system.NewTransferInstruction(1, k.PublicKey(), solana.PublicKey{9}).Build()})
}

// TestParseRefuses damages a valid transaction in one place at a time.
func TestParseRefuses(t *testing.T) {
	put := func(at int, v byte) []byte {
		w := goodWire(t)
		w[at] = v
		return w
	}
	good := goodWire(t)
	_, err := parseTransaction(good)
	require.NoError(t, err)
	const msg = 65 // where the message begins
	for _, c := range []struct {
		name string
		wire []byte
		want string
	}{
		{"empty", nil, "missing"},
		{"cut off", good[:len(good)-1], "missing"},
		{"bytes after", append(goodWire(t), 0), "1 bytes after"},
		{"no signature", append([]byte{0}, good[msg:]...), "0 signatures, but 1 signers"},
		{"many signatures", put(0, 127), "missing"},
		{"malformed length", append([]byte{0x81, 0}, good[1:]...), "malformed length"},
		{"overlong length", append([]byte{0x80, 0x80, 0x80, 0}, good[1:]...), "malformed length"},
		{"no signer", put(msg, 0), "no writable signer"},
		{"read-only signer", put(msg+1, 1), "no writable signer"},
		{"more signers than keys", put(msg, 4), "more accounts than the message has"},
		{"many keys", put(msg+3, 127), "do not fit"},
		{"program as payer", put(msg+4+96+32+1, 0), "program index 0"},
		{"program index", put(msg+4+96+32+1, 3), "program index 3"},
		{"account index", put(msg+4+96+32+3, 3), "account index 3 of 3"},
		{"too large", make([]byte, MaxTransaction+1), "larger than 1232"},
		{"version 1", put(msg, 0x81), "version 1"},
	} {
		_, err := parseTransaction(c.wire)
		require.ErrorContains(t, err, c.want, c.name)
	}
	_, err = parseTransaction(put(msg, 0x81))
	require.ErrorIs(t, err, errVersion)
	b := NewBank(Config{Clock: testClock})
	require.Equal(t, ErrUnsupportedVersion, b.Process(put(msg, 0x81)).Err)
	require.Equal(t, ErrSanitizeFailure, b.Process(nil).Err)
	for range 2 { // only a valid transaction is remembered, not an invalid one or one similar to a valid one
		require.NotEqual(t, ErrSignatureFailure, b.Process(good).Err)
		require.Equal(t, ErrSignatureFailure, b.Process(put(5, good[5]^1)).Err)
		require.Equal(t, ErrSignatureFailure, b.Process(put(len(good)-1, good[len(good)-1]^1)).Err)
	}
}

// FuzzTransaction parses and runs any bytes. What parses must mean the same to solana-go.
func FuzzTransaction(f *testing.F) {
	good := goodWire(f)
	f.Add(good)
	f.Add(append(append(append([]byte{}, good[:65]...), 0x80), append(good[65:], 0)...))
	b := NewBank(Config{Clock: testClock})
	require.NoError(f, b.Fund(solana.PrivateKey(testKey(1)).PublicKey(), 1e12))
	f.Fuzz(func(t *testing.T, wire []byte) {
		m, err := parseTransaction(wire)
		if err != nil {
			require.True(t, m == nil || errors.Is(err, errVersion) || m.version <= 0)
		} else {
			tx, err := solana.TransactionFromBytes(wire)
			require.NoError(t, err, "solana-go refuses what parses here")
			require.Equal(t, []solana.PublicKey(tx.Message.AccountKeys[:m.static]), m.keys)
			require.Len(t, m.instructions, len(tx.Message.Instructions))
			for i, in := range m.instructions {
				require.EqualValues(t, tx.Message.Instructions[i].ProgramIDIndex, in.program)
				require.Equal(t, append([]byte{}, tx.Message.Instructions[i].Data...), append([]byte{}, in.data...))
			}
		}
		// Without signatures and blockhash the rest of the pipeline is reached more often.
		b.Simulate(wire, SimulateOptions{ReplaceBlockhash: true})
		b.Process(wire)
	})
}
