package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func dict(t testing.TB, pairs ...any) *Dict {
	t.Helper()
	d := &Dict{}
	require.NoError(t, d.fill(pairs))
	return d
}

// allowContainers lets through what Python's own containers and bytes need.
func allowContainers(g Global) error {
	switch g {
	case Global{"collections", "OrderedDict"}, Global{"_codecs", "encode"}, Global{"__builtin__", "bytes"}, Global{"builtins", "bytes"}:
		return nil
	}
	return fmt.Errorf("refused %v", g)
}

// TestEveryProtocol reads the value of testdata/pickles.py.
func TestEveryProtocol(t *testing.T) {
	big80 := new(big.Int).Lsh(big.NewInt(1), 79)
	list := func(items ...any) *List { return &List{Items: items} }
	shared := list(int64(1))
	want := []any{
		nil, true, false, int64(0), int64(1), int64(-1), int64(255), int64(256), int64(65535), int64(65536), int64(-1 << 31),
		int64(1 << 31), int64(1 << 62), int64(-1 << 63), new(big.Int).Add(big80, big.NewInt(1)), new(big.Int).Neg(big80),
		0.5, -1e300, "", "text", "äöü €", strings.Repeat("x", 300), Tuple{}, Tuple{int64(1)}, Tuple{int64(1), int64(2)},
		Tuple{int64(1), int64(2), int64(3)}, Tuple{int64(1), int64(2), int64(3), int64(4)},
		&List{}, list(shared, shared), &Dict{}, dict(t, "a", int64(1), "b", list(int64(2))), dict(t, int64(1), "one"),
		dict(t, "z", int64(1), "a", int64(2)), []byte{}, []byte("bytes\x00\xff"), []byte(strings.Repeat("y", 300)),
	}
	// Before protocol 3, bytes are a call of _codecs.encode on Latin-1 text.
	call := func(g Global, args Tuple) (any, error) {
		if g.Name == "bytes" {
			return []byte{}, nil
		}
		text, ok := args[0].(string)
		if !ok || args[1] != "latin1" {
			return nil, errors.New("not Latin-1")
		}
		var b []byte
		for _, r := range text {
			b = append(b, byte(r))
		}
		return b, nil
	}
	for protocol := range 6 {
		b, err := os.ReadFile(fmt.Sprintf("testdata/protocol%d.pkl", protocol))
		require.NoError(t, err)
		v, n, err := Decode(b, Hooks{Allow: allowContainers, Call: call})
		require.NoError(t, err, "protocol %d", protocol)
		require.Equal(t, len(b), n)
		got := v.(*List).Items
		require.Len(t, got, len(want))
		for i := range want {
			if list, ok := got[i].(*List); ok && len(list.Items) == 0 {
				got[i] = &List{} // no items, or an empty slice of them
			}
			require.EqualValues(t, want[i], got[i], "protocol %d, item %d", protocol, i)
		}
		pair := got[28].(*List).Items
		require.Same(t, pair[0], pair[1], "the memo keeps identity")
	}
}

func TestNothingIsAllowedByDefault(t *testing.T) {
	for _, text := range []string{
		"cos\nsystem\n.", "\x80\x04\x8c\x02os\x8c\x06system\x93.", "\x80\x02K\x01Q.", "P1\n.",
	} {
		_, _, err := Decode([]byte(text), Hooks{})
		require.ErrorIs(t, err, ErrFormat, "%q", text)
	}
	_, _, err := Decode([]byte("cos\nsystem\n(S'true'\ntR."), Hooks{Allow: func(Global) error { return nil }})
	require.ErrorIs(t, err, ErrFormat, "a name may pass, a call may not")
}

func TestOpcodesAreBounded(t *testing.T) {
	_, _, err := Decode([]byte(strings.Repeat("N0", MaxOps)), Hooks{})
	require.ErrorContains(t, err, "opcodes")
}

// FuzzDecode: no input may do more than fail.
func FuzzDecode(f *testing.F) {
	for protocol := range 6 {
		b, err := os.ReadFile(fmt.Sprintf("testdata/protocol%d.pkl", protocol))
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, n, err := Decode(b, Hooks{Allow: allowContainers, Call: func(g Global, args Tuple) (any, error) { return args, nil }})
		if err == nil {
			require.LessOrEqual(t, n, len(b))
			require.Equal(t, byte(opStop), b[n-1])
		}
	})
}
