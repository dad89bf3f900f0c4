package programtest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	bin "github.com/gagliardetto/binary"
	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A Call is one instruction.
type Call struct {
	Name    string
	Program solana.PublicKey // another one than the chain's program; an instruction of the system program has no Name
	Metas   []*solana.AccountMeta
	Data    []byte
}

// Accounts builds metas from keys, each followed by its flags: "w" writable, "s" signer.
func Accounts(list ...any) (metas []*solana.AccountMeta) {
	for i := 0; i < len(list); i += 2 {
		flags := list[i+1].(string)
		metas = append(metas, solana.NewAccountMeta(list[i].(solana.PublicKey), strings.Contains(flags, "w"), strings.Contains(flags, "s")))
	}
	return metas
}

// Change returns the call with account i changed.
func (k Call) Change(i int, f func(*solana.AccountMeta)) Call {
	k.Metas = slices.Clone(k.Metas)
	meta := *k.Metas[i]
	f(&meta)
	k.Metas[i] = &meta
	return k
}

// With returns the call with account i replaced.
func (k Call) With(i int, key solana.PublicKey) Call {
	return k.Change(i, func(m *solana.AccountMeta) { m.PublicKey = key })
}

// CopyMetas returns copies: solana-go merges the flags of an account that is passed twice in place.
func (k Call) CopyMetas() (metas []*solana.AccountMeta) {
	for _, m := range k.Metas {
		copied := *m
		metas = append(metas, &copied)
	}
	return metas
}

// Spoilt returns the call changed a little: an account replaced by one of the pool, a flag, the data.
func (k Call) Spoilt(r *rand.Rand, pool []solana.PublicKey) Call {
	k.Data = slices.Clone(k.Data)
	i := r.IntN(max(1, len(k.Metas)))
	switch n := r.IntN(6); {
	case len(k.Data) == 0:
		return k
	case len(k.Metas) == 0 || n == 0:
		k.Data[r.IntN(len(k.Data))] = []byte{0, 1, 2, 3, 0x7f, 0x80, 0xff}[r.IntN(7)]
	case n <= 2:
		return k.With(i, pool[r.IntN(len(pool))])
	case n == 3:
		return k.Change(i, func(m *solana.AccountMeta) { m.IsWritable = false })
	case n == 4:
		k.Metas = k.Metas[:i]
	default:
		k.Data = k.Data[:r.IntN(len(k.Data))]
	}
	return k
}

// Raw is an argument that is encoded already.
type Raw []byte

// Option encodes Borsh's Option: none without a value.
func Option(value ...any) Raw {
	if len(value) == 0 {
		return Raw{0}
	}
	return append(Raw{1}, encode("", value)[8:]...)
}

// Args encodes an instruction: Anchor's discriminator, and the arguments in Borsh.
func Args(name string, values ...any) []byte { return encode("global:"+name, values) }

// Event encodes an event as the log has it.
func Event(name string, values ...any) string {
	return base64.StdEncoding.EncodeToString(encode("event:"+name, values))
}

func encode(name string, values []any) []byte {
	sum := sha256.Sum256([]byte(name))
	out := sum[:8:8]
	for _, v := range values {
		if raw, ok := v.(Raw); ok {
			out = append(out, raw...)
			continue
		}
		data, err := bin.MarshalBorsh(v)
		if err != nil {
			panic(fmt.Sprintf("%s: %T: %v", name, v, err))
		}
		out = append(out, data...)
	}
	return out
}

// Emits requires that a transaction wrote exactly these events.
func Emits(t testing.TB, res svm.Result, events ...string) {
	t.Helper()
	var got []string
	for _, line := range res.Logs {
		if data, ok := strings.CutPrefix(line, "Program data: "); ok {
			got = append(got, data)
		}
	}
	require.Equal(t, events, got)
}
