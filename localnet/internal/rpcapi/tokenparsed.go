package rpcapi

import (
	"strconv"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// uiParsed is the data of an account in the encoding jsonParsed.
type uiParsed struct {
	Program string         `json:"program"`
	Parsed  uiParsedByType `json:"parsed"`
	Space   uint64         `json:"space"`
}

type uiParsedByType struct {
	Type string `json:"type"`
	Info any    `json:"info"`
}

type uiMint struct {
	MintAuthority   *solana.PublicKey `json:"mintAuthority"`
	Supply          string            `json:"supply"`
	Decimals        uint8             `json:"decimals"`
	IsInitialized   bool              `json:"isInitialized"`
	FreezeAuthority *solana.PublicKey `json:"freezeAuthority"`
}

type uiTokenAccount struct {
	Mint              solana.PublicKey  `json:"mint"`
	Owner             solana.PublicKey  `json:"owner"`
	TokenAmount       uiAmount          `json:"tokenAmount"`
	Delegate          *solana.PublicKey `json:"delegate,omitempty"`
	State             string            `json:"state"`
	IsNative          bool              `json:"isNative"`
	RentExemptReserve *uiAmount         `json:"rentExemptReserve,omitempty"`
	DelegatedAmount   *uiAmount         `json:"delegatedAmount,omitempty"`
	CloseAuthority    *solana.PublicKey `json:"closeAuthority,omitempty"`
}

// parseToken shows the data of a mint or a token account of the SPL Token program;
// it reports false for any other account.
func (a *API) parseToken(acc svm.Account) (any, bool) {
	if acc.Owner != solana.TokenProgramID {
		return nil, false
	}
	parsed := func(kind string, info any) (any, bool) {
		return uiParsed{"spl-token", uiParsedByType{kind, info}, uint64(len(acc.Data))}, true
	}
	if mint, err := chain.DecodeMint(acc.Data); err == nil {
		return parsed("mint", uiMint{orNull(mint.Authority), strconv.FormatUint(mint.Supply, 10), mint.Decimals, true, orNull(mint.FreezeAuthority)})
	}
	tokens, err := chain.DecodeTokenAccount(acc.Data)
	if err != nil {
		return nil, false
	}
	mint, _, err := a.mint(tokens.Mint)
	if err != nil {
		return nil, false
	}
	return parsed("account", showTokens(tokens, mint.Decimals))
}

func showTokens(t *chain.TokenAccount, decimals uint8) uiTokenAccount {
	out := uiTokenAccount{
		Mint: t.Mint, Owner: t.Owner, TokenAmount: showAmount(t.Amount, decimals), State: "initialized",
		Delegate: orNull(t.Delegate), IsNative: t.Native, CloseAuthority: orNull(t.CloseAuthority),
	}
	if t.Frozen {
		out.State = "frozen"
	}
	if out.Delegate != nil {
		delegated := showAmount(t.DelegatedAmount, decimals)
		out.DelegatedAmount = &delegated
	}
	if t.Native {
		reserve := showAmount(t.Reserve, decimals)
		out.RentExemptReserve = &reserve
	}
	return out
}

func orNull(key solana.PublicKey) *solana.PublicKey {
	if key.IsZero() {
		return nil
	}
	return &key
}
