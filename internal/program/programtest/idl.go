package programtest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// IDL is what the tests read of an Anchor IDL, specification 0.1.0.
type IDL struct {
	Address      string    `json:"address"`
	Instructions []IDLItem `json:"instructions"`
	Accounts     []IDLItem `json:"accounts"`
	Events       []IDLItem `json:"events"`
	Errors       []IDLItem `json:"errors"`
	Types        []IDLItem `json:"types"`
}

// IDLItem is an instruction, an account, an event, an error or a type: each has some of the fields.
type IDLItem struct {
	Name          string     `json:"name"`
	Discriminator []int      `json:"discriminator"`
	Code          int        `json:"code"`
	Msg           string     `json:"msg"`
	Accounts      []IDLMeta  `json:"accounts"`
	Args          []IDLField `json:"args"`
	Type          struct {
		Fields []IDLField `json:"fields"`
	} `json:"type"`
}

// IDLField is a named value of some type, which is a name or an object.
type IDLField struct {
	Name string          `json:"name"`
	Type json.RawMessage `json:"type"`
}

// IDLMeta is an account that an instruction takes.
type IDLMeta struct {
	Name     string `json:"name"`
	Writable bool   `json:"writable"`
	Signer   bool   `json:"signer"`
	Optional bool   `json:"optional"`
}

// ParseIDL reads an IDL.
func ParseIDL(t *testing.T, text []byte) (idl IDL) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &idl))
	return idl
}

// Fields returns the fields of a type.
func (idl IDL) Fields(t testing.TB, name string) []IDLField {
	t.Helper()
	for _, item := range idl.Types {
		if item.Name == name {
			return item.Type.Fields
		}
	}
	require.Fail(t, "the IDL has no such type", name)
	return nil
}

// Size returns the bytes that a value of fixed size has in Borsh.
func (idl IDL) Size(t *testing.T, raw json.RawMessage) int {
	t.Helper()
	var name string
	if json.Unmarshal(raw, &name) == nil {
		n, ok := map[string]int{"bool": 1, "u8": 1, "i8": 1, "u16": 2, "u32": 4, "u64": 8, "i64": 8, "pubkey": 32}[name]
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
		return n * idl.Size(t, compound.Array[0])
	}
	return idl.sum(t, compound.Defined.Name)
}

func (idl IDL) sum(t *testing.T, name string) (bytes int) {
	t.Helper()
	for _, f := range idl.Fields(t, name) {
		bytes += idl.Size(t, f.Type)
	}
	return bytes
}

// AccountSize returns the bytes of an account, its discriminator included.
func (idl IDL) AccountSize(t *testing.T, name string) int {
	t.Helper()
	return 8 + idl.sum(t, name)
}

// CheckDiscriminators requires Anchor's discriminators everywhere.
func (idl IDL) CheckDiscriminators(t *testing.T) {
	t.Helper()
	check := func(namespace string, items []IDLItem) {
		for _, item := range items {
			sum := sha256.Sum256([]byte(namespace + ":" + item.Name))
			want := make([]int, 8)
			for i := range want {
				want[i] = int(sum[i])
			}
			require.Equal(t, want, item.Discriminator, item.Name)
		}
	}
	check("global", idl.Instructions)
	check("account", idl.Accounts)
	check("event", idl.Events)
}

// CheckLayouts compares the accounts' layouts with the offsets that the program itself uses, in src/state.rs.
func (idl IDL) CheckLayouts(t *testing.T) {
	t.Helper()
	source, err := os.ReadFile("src/state.rs")
	require.NoError(t, err)
	for _, a := range idl.Accounts {
		idl.checkLayout(t, string(source), a.Name, 8)
	}
}

// CheckRecords does the same for types that stand in accounts.
func (idl IDL) CheckRecords(t *testing.T, names ...string) {
	t.Helper()
	source, err := os.ReadFile("src/state.rs")
	require.NoError(t, err)
	for _, name := range names {
		idl.checkLayout(t, string(source), name, 0)
	}
}

// checkLayout compares a type whose first field is at an offset with the block of that name in the source.
func (idl IDL) checkLayout(t *testing.T, source, name string, at int) {
	t.Helper()
	var want []string
	for _, field := range idl.Fields(t, name) {
		if field.Name != "reserved" || field.Type[0] != '{' { // room for later is an array of bytes
			want = append(want, fmt.Sprintf("%d %s", at, field.Name))
		}
		at += idl.Size(t, field.Type)
	}
	block := regexp.MustCompile(`(?s)\n    ` + name + ` (\d+) \{\n(.*?)\n    \}`).FindStringSubmatch(source)
	require.NotNil(t, block, name)
	require.Equal(t, strconv.Itoa(at), block[1], name)
	var got []string
	for _, line := range strings.Split(block[2], "\n") {
		words := strings.Fields(line)
		got = append(got, words[0]+" "+words[1])
	}
	require.Equal(t, want, got, name)
}

// CheckErrors compares the errors with the program's, in src/error.rs: both have the same ones, from 6000 up.
func (idl IDL) CheckErrors(t *testing.T) {
	t.Helper()
	source, err := os.ReadFile("src/error.rs")
	require.NoError(t, err)
	for i, e := range idl.Errors {
		require.Equal(t, 6000+i, e.Code)
		require.Contains(t, string(source), fmt.Sprintf(` %d "%s" "%s";`, e.Code, e.Name, e.Msg))
	}
	require.Len(t, regexp.MustCompile(`(?m)^    [A-Z_]+ \d+ "`).FindAll(source, -1), len(idl.Errors))
}

// CheckAccounts compares the accounts that the IDL lists, and their flags, with those of a call of each instruction that
// works. Optional ones may be left out at the end.
func (idl IDL) CheckAccounts(t *testing.T, calls map[string][]*solana.AccountMeta) {
	t.Helper()
	require.Len(t, calls, len(idl.Instructions))
	for _, in := range idl.Instructions {
		metas, ok := calls[in.Name]
		require.True(t, ok, in.Name)
		require.LessOrEqual(t, len(metas), len(in.Accounts), in.Name)
		for i, want := range in.Accounts {
			if want.Optional && i >= len(metas) {
				continue
			}
			require.Less(t, i, len(metas), "%s %s", in.Name, want.Name)
			require.Equal(t, want.Writable, metas[i].IsWritable, "%s %s", in.Name, want.Name)
			require.Equal(t, want.Signer, metas[i].IsSigner, "%s %s", in.Name, want.Name)
		}
	}
}
