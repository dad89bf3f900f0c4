package program_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/decloud-sdk/decloud-go/internal/program"
	"github.com/stretchr/testify/require"
)

type idlField struct {
	Name string          `json:"name"`
	Type json.RawMessage `json:"type"`
}

type idlNamed struct {
	Name          string     `json:"name"`
	Discriminator []int      `json:"discriminator"`
	Code          int        `json:"code"`
	Msg           string     `json:"msg"`
	Accounts      []idlMeta  `json:"accounts"`
	Args          []idlField `json:"args"`
	Type          struct {
		Fields []idlField `json:"fields"`
	} `json:"type"`
}

type idlMeta struct {
	Name     string `json:"name"`
	Writable bool   `json:"writable"`
	Signer   bool   `json:"signer"`
	Optional bool   `json:"optional"`
}

type idlFile struct {
	Address      string     `json:"address"`
	Instructions []idlNamed `json:"instructions"`
	Accounts     []idlNamed `json:"accounts"`
	Events       []idlNamed `json:"events"`
	Errors       []idlNamed `json:"errors"`
	Types        []idlNamed `json:"types"`
}

func readIDL(t *testing.T) (f idlFile, types map[string]idlNamed) {
	require.NoError(t, json.Unmarshal(program.IDL(), &f))
	types = map[string]idlNamed{}
	for _, ty := range f.Types {
		types[ty.Name] = ty
	}
	return f, types
}

func TestIDLDiscriminators(t *testing.T) {
	f, _ := readIDL(t)
	check := func(namespace string, items []idlNamed) {
		for _, item := range items {
			sum := sha256.Sum256([]byte(namespace + ":" + item.Name))
			want := make([]int, 8)
			for i := range want {
				want[i] = int(sum[i])
			}
			require.Equal(t, want, item.Discriminator, item.Name)
		}
	}
	check("global", f.Instructions)
	check("account", f.Accounts)
	check("event", f.Events)
	require.Equal(t, programID.String(), f.Address)
}

// size is the Borsh size of a type of fixed size.
func size(t *testing.T, types map[string]idlNamed, raw json.RawMessage) int {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		n, ok := map[string]int{"bool": 1, "u8": 1, "u16": 2, "u32": 4, "u64": 8, "i64": 8, "pubkey": 32}[name]
		require.True(t, ok, name)
		return n
	}
	var compound struct {
		Array   []json.RawMessage `json:"array"`
		Defined struct {
			Name string `json:"name"`
		} `json:"defined"`
	}
	require.NoError(t, json.Unmarshal(raw, &compound))
	if compound.Array != nil {
		n, err := strconv.Atoi(string(compound.Array[1]))
		require.NoError(t, err)
		return n * size(t, types, compound.Array[0])
	}
	sum := 0
	for _, f := range types[compound.Defined.Name].Type.Fields {
		sum += size(t, types, f.Type)
	}
	return sum
}

// TestIDLLayouts compares the IDL's layouts with the offsets that the program itself uses.
func TestIDLLayouts(t *testing.T) {
	f, types := readIDL(t)
	source, err := os.ReadFile("src/state.rs")
	require.NoError(t, err)
	for _, a := range f.Accounts {
		var want []string
		at := 8
		for _, field := range types[a.Name].Type.Fields {
			if field.Name != "reserved" {
				want = append(want, fmt.Sprintf("%d %s", at, field.Name))
			}
			at += size(t, types, field.Type)
		}
		block := regexp.MustCompile(`(?s)\n    ` + a.Name + ` (\d+) \{\n(.*?)\n    \}`).FindStringSubmatch(string(source))
		require.NotNil(t, block, a.Name)
		require.Equal(t, strconv.Itoa(at), block[1], a.Name)
		var got []string
		for _, line := range strings.Split(block[2], "\n") {
			words := strings.Fields(line)
			got = append(got, words[0]+" "+words[1])
		}
		require.Equal(t, want, got, a.Name)
	}
}

// TestIDLErrors compares the IDL's errors with the program's.
func TestIDLErrors(t *testing.T) {
	f, _ := readIDL(t)
	source, err := os.ReadFile("src/fault.rs")
	require.NoError(t, err)
	for i, e := range f.Errors {
		require.Equal(t, 6000+i, e.Code)
		require.Contains(t, string(source), fmt.Sprintf(` %d "%s" "%s";`, e.Code, e.Name, e.Msg))
	}
	require.Len(t, f.Errors, 33)
}

// TestIDLAccounts compares the IDL's accounts with those of calls that work.
func TestIDLAccounts(t *testing.T) {
	f, _ := readIDL(t)
	c := newBank(t)
	calls := map[string]call{"initialize": c.initialize()}
	c.ok(calls["initialize"])
	for _, s := range story(c) {
		calls[s.call.name] = s.call
	}
	require.Len(t, f.Instructions, len(calls))
	for _, in := range f.Instructions {
		k, ok := calls[in.Name]
		require.True(t, ok, in.Name)
		for i, meta := range in.Accounts {
			if meta.Optional && i >= len(k.metas) {
				continue
			}
			require.Equal(t, k.metas[i].IsWritable, meta.Writable, "%s %s", in.Name, meta.Name)
			require.Equal(t, k.metas[i].IsSigner, meta.Signer, "%s %s", in.Name, meta.Name)
		}
	}
}
