package rpcapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	associated "github.com/gagliardetto/solana-go/programs/associated-token-account"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/gagliardetto/solana-go/programs/token"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// The keys of the instructions below, in the order of the alphabet.
var (
	a, b, c, d = solana.PublicKey{1}, solana.PublicKey{2}, solana.PublicKey{3}, solana.PublicKey{4}
	letters    = strings.NewReplacer(`"A"`, `"`+a.String()+`"`, `"B"`, `"`+b.String()+`"`, `"C"`, `"`+c.String()+`"`, `"D"`, `"`+d.String()+`"`)
)

// compile returns an instruction and the keys that its indices point to.
func compile(t *testing.T, ix solana.Instruction) (svm.InnerInstruction, []solana.PublicKey) {
	t.Helper()
	data, err := ix.Data()
	require.NoError(t, err)
	keys := []solana.PublicKey{ix.ProgramID()}
	out := svm.InnerInstruction{Data: data, StackHeight: 2}
	for i, meta := range ix.Accounts() {
		keys = append(keys, meta.PublicKey)
		out.Accounts = append(out.Accounts, uint16(i+1))
	}
	return out, keys
}

func TestParsedInstructions(t *testing.T) {
	for _, test := range []struct {
		ix      solana.Instruction
		program string
		want    string // of "parsed"
	}{
		{
			system.NewCreateAccountInstruction(5, 6, c, a, b).Build(), "system",
			`{"type":"createAccount","info":{"source":"A","newAccount":"B","lamports":5,"space":6,"owner":"C"}}`,
		},
		{system.NewAssignInstruction(b, a).Build(), "system", `{"type":"assign","info":{"account":"A","owner":"B"}}`},
		{system.NewTransferInstruction(5, a, b).Build(), "system", `{"type":"transfer","info":{"source":"A","destination":"B","lamports":5}}`},
		{
			system.NewCreateAccountWithSeedInstruction(c, "seed", 5, 6, d, a, b, c).Build(), "system",
			`{"type":"createAccountWithSeed","info":{"source":"A","newAccount":"B","base":"C","seed":"seed","lamports":5,"space":6,"owner":"D"}}`,
		},
		{system.NewAllocateInstruction(7, a).Build(), "system", `{"type":"allocate","info":{"account":"A","space":7}}`},
		{
			solana.NewInstruction(solana.TokenProgramID, solana.AccountMetaSlice{solana.Meta(a)}, append([]byte{20, 6}, append(b[:], 0)...)), "spl-token",
			`{"type":"initializeMint2","info":{"mint":"A","decimals":6,"mintAuthority":"B"}}`,
		},
		{
			token.NewTransferInstruction(1<<60, a, b, c, nil).Build(), "spl-token",
			`{"type":"transfer","info":{"source":"A","destination":"B","amount":"1152921504606846976","authority":"C"}}`,
		},
		{
			token.NewTransferInstruction(1, a, b, c, []solana.PublicKey{d}).Build(), "spl-token",
			`{"type":"transfer","info":{"source":"A","destination":"B","amount":"1","multisigAuthority":"C","signers":["D"]}}`,
		},
		{
			token.NewTransferCheckedInstruction(150, 2, a, b, c, d, nil).Build(), "spl-token",
			`{"type":"transferChecked","info":{"source":"A","mint":"B","destination":"C","authority":"D",
				"tokenAmount":{"amount":"150","decimals":2,"uiAmount":1.5,"uiAmountString":"1.5"}}}`,
		},
		{
			solana.NewInstruction(solana.TokenProgramID, solana.AccountMetaSlice{solana.Meta(a), solana.Meta(b)}, []byte{6, 0, 0}), "spl-token",
			`{"type":"setAuthority","info":{"mint":"A","authorityType":"mintTokens","newAuthority":null,"authority":"B"}}`,
		},
		{
			token.NewSetAuthorityInstruction(token.AuthorityCloseAccount, c, a, b, nil).Build(), "spl-token",
			`{"type":"setAuthority","info":{"account":"A","authorityType":"closeAccount","newAuthority":"C","authority":"B"}}`,
		},
		{token.NewCloseAccountInstruction(a, b, c, nil).Build(), "spl-token", `{"type":"closeAccount","info":{"account":"A","destination":"B","owner":"C"}}`},
		{
			solana.NewInstruction(solana.TokenProgramID, solana.AccountMetaSlice{solana.Meta(a)}, []byte{21, 7, 0}), "spl-token",
			`{"type":"getAccountDataSize","info":{"mint":"A","extensionTypes":["immutableOwner"]}}`,
		},
	} {
		t.Run(test.want, func(t *testing.T) {
			ix, keys := compile(t, test.ix)
			got, err := json.Marshal(showParsedInstruction(ix, keys))
			require.NoError(t, err)
			require.JSONEq(t, letters.Replace(`{"program":"`+test.program+`","programId":"`+keys[0].String()+`","stackHeight":2,"parsed":`+test.want+`}`), string(got))
		})
	}
}

func TestParsedAssociatedAccount(t *testing.T) {
	ix, keys := compile(t, associated.NewCreateInstruction(a, b, c).Build())
	got, ok := showParsedInstruction(ix, keys).(uiParsedInstruction)
	require.True(t, ok)
	require.Equal(t, "spl-associated-token-account", got.Program)
	require.Equal(t, "create", got.Parsed.Type)
	require.Equal(t, map[string]any{
		"source": a, "account": keys[2], "wallet": b, "mint": c, "systemProgram": solana.SystemProgramID, "tokenProgram": solana.TokenProgramID,
	}, got.Parsed.Info)
}

// What no parser knows keeps its accounts and data.
func TestPartlyDecodedInstructions(t *testing.T) {
	one := solana.AccountMetaSlice{solana.Meta(a)}
	for name, ix := range map[string]solana.Instruction{
		"unknown program":       solana.NewInstruction(d, one, []byte{2, 0, 0, 0}),
		"unknown instruction":   solana.NewInstruction(solana.SystemProgramID, one, []byte{99, 0, 0, 0}),
		"no data":               solana.NewInstruction(solana.SystemProgramID, one, nil),
		"too few accounts":      solana.NewInstruction(solana.SystemProgramID, one, []byte{2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}),
		"data cut off":          solana.NewInstruction(solana.SystemProgramID, one, []byte{8, 0, 0, 0, 1}),
		"endless seed":          solana.NewInstruction(solana.SystemProgramID, solana.AccountMetaSlice{solana.Meta(a), solana.Meta(b)}, append(make([]byte, 36), 255, 255, 255, 255, 255, 255, 255, 255)),
		"no token instruction":  solana.NewInstruction(solana.TokenProgramID, one, nil),
		"no signer":             solana.NewInstruction(solana.TokenProgramID, one, []byte{5}),
		"unknown authority":     solana.NewInstruction(solana.TokenProgramID, solana.AccountMetaSlice{solana.Meta(a), solana.Meta(b)}, []byte{6, 9, 0}),
		"Token-2022 extensions": solana.NewInstruction(solana.Token2022ProgramID, one, []byte{21, 1, 0}),
		"no associated account": solana.NewInstruction(solana.SPLAssociatedTokenAccountProgramID, one, []byte{2}),
	} {
		t.Run(name, func(t *testing.T) {
			compiled, keys := compile(t, ix)
			got, ok := showParsedInstruction(compiled, keys).(uiPartlyDecoded)
			require.True(t, ok)
			require.Equal(t, keys[0], got.ProgramID)
			require.Equal(t, keys[1:], got.Accounts)
		})
	}
}
