package round_test

import (
	"crypto/ed25519"
	"slices"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// confirm sends the last transaction of an input as a client would, signed and for good: its outcome is that of the
// simulation, byte by byte, and a failure leaves no trace but its fee.
func (f *fuzzer) confirm(in fuzzInput) {
	f.prepare(in)
	raw := slices.Clone(f.build(&f.wire, in.last().Calls))
	if raw == nil {
		return
	}
	want := f.simulate(raw)
	for _, key := range want.Keys {
		f.was(key)
	}
	f.sign(raw)
	res := f.bank.Process(raw)
	require.True(f.t, res.Processed, "%v %s", res.Err, res.Detail)
	require.Equal(f.t, want.Err, res.Err)
	require.Equal(f.t, want.Logs, res.Logs)
	require.Equal(f.t, want.ComputeUnits, res.ComputeUnits)
	for i, key := range want.Keys {
		expected := f.was(key)
		if expected.Owner == svm.SysvarOwnerID { // the clock's slot goes on
			continue
		}
		post, written := want.PostAccounts[key]
		switch {
		case i == 0 && res.Err != nil:
			expected.Lamports -= res.Fee
		case res.Err == nil && written:
			expected = post
		}
		got, _ := f.bank.Account(key)
		require.Equal(f.t, expected.Lamports, got.Lamports, key)
		if got.Lamports > 0 {
			require.Equal(f.t, expected.Owner, got.Owner, key)
			require.Equal(f.t, string(expected.Data), string(got.Data), key)
		}
	}
}

// sign fills in the blockhash and the signatures of a transaction that build wrote.
func (f *fuzzer) sign(raw []byte) {
	n := int(raw[0])
	message := raw[1+64*n:]
	keys := message[4:]
	hash, _ := f.bank.LatestBlockhash()
	copy(keys[32*int(message[3]):], hash[:])
	byKey := map[solana.PublicKey]solana.PrivateKey{}
	for name, key := range f.actors {
		byKey[f.pub(name)] = key
	}
	for i := range n {
		key, ok := byKey[solana.PublicKey(keys[32*i:32*i+32])]
		require.True(f.t, ok)
		copy(raw[1+64*i:], ed25519.Sign(ed25519.PrivateKey(key), message))
	}
}
