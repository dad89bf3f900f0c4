package chain_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

func TestARefusalIsTheProgramsOwnError(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	c.Register(errEcho.program(echoID), errRelay.program(relayID))
	for name, of := range map[string]struct {
		instruction solana.Instruction
		program     solana.PublicKey
		is, not     error
		says        string
	}{
		"one code":                            {echo(7), echoID, errEcho, errRelay, "echo: seven"},
		"raised by a program that was called": {relay(7), echoID, errEcho, errRelay, "echo: seven"},
		"a code that Anchor's programs share": {echo(100), echoID, chain.ErrInstructionMissing, errEcho, "InstructionMissing (100)"},
		"a code that is unknown":              {echo(9), echoID, nil, errEcho, "echo: program error 9"},
	} {
		t.Run(name, func(t *testing.T) {
			_, sent := c.Send(t.Context(), []solana.Instruction{echo(0), of.instruction})
			_, simulated := c.Simulate(t.Context(), echo(0), of.instruction)
			for _, err := range []error{sent, simulated} {
				refusal := isProgramError(t, err)
				require.Equal(t, of.program, refusal.Program)
				require.Equal(t, 1, refusal.Instruction)
				require.NotEmpty(t, refusal.Logs)
				require.True(t, refusal.Signature.IsZero(), "refused before it was processed")
				require.ErrorContains(t, err, of.says)
				require.NotErrorIs(t, err, of.not)
				if of.is != nil {
					require.ErrorIs(t, err, of.is)
				}
			}
		})
	}
	_, err := c.Send(t.Context(), []solana.Instruction{relay(0)})
	require.NoError(t, err)
}

func TestARefusalByAProgramThatNobodyRegistered(t *testing.T) {
	w := newWorld(t)
	_, err := w.actor().Send(t.Context(), []solana.Instruction{echo(7)})
	require.EqualError(t, isProgramError(t, err), fmt.Sprintf("chain: program %s: error 7", echoID))
	require.NotErrorIs(t, err, errEcho)
}

func TestTheSystemProgramIsKnown(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	_, err := c.Send(t.Context(), []solana.Instruction{system.NewTransferInstruction(1000*sol, c.Wallet(), shop).Build()})
	require.ErrorIs(t, err, chain.ErrTooFewLamports)
	require.ErrorIs(t, err, chain.ErrInsufficientFunds, "whichever program noticed")
	_, err = c.Send(t.Context(), []solana.Instruction{system.NewCreateAccountInstruction(sol, 0, echoID, c.Wallet(), c.Wallet()).Build()})
	require.ErrorIs(t, err, chain.ErrAccountInUse)
	require.NotErrorIs(t, err, chain.ErrInsufficientFunds)
}

// A refusal on chain costs a fee and has a signature; whose it is comes from the
// node's record of the transaction.
func TestRefusedOnChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		c.Register(errEcho.program(echoID), errRelay.program(relayID))
		n.Inject(unchecked)
		r, err := c.Send(t.Context(), []solana.Instruction{relay(7)})
		require.ErrorIs(t, err, errEcho)
		require.NotErrorIs(t, err, errRelay)
		require.Equal(t, r.Signature, isProgramError(t, err).Signature)
		require.EqualValues(t, 5000, r.Fee)
		require.NotEmpty(t, r.Logs)
		_, err = c.Transaction(t.Context(), r.Signature)
		require.ErrorIs(t, err, errEcho, "looking it up says the same")
	})
}

// unchecked has the node forward transactions without a check.
func unchecked(c chaintest.Call) (*http.Response, error) {
	if c.Method == "sendTransaction" {
		c.Params[1].(map[string]any)["skipPreflight"] = true
		return c.Pass()
	}
	return nil, nil
}

// Without the record, the instruction's own program is assumed.
func TestRefusedOnChainWithoutLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		c.Register(errEcho.program(echoID), errRelay.program(relayID))
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getTransaction" {
				return c.Result("null")
			}
			return unchecked(c)
		})
		_, err := c.Send(t.Context(), []solana.Instruction{relay(7)})
		require.ErrorIs(t, err, errRelay)
		require.False(t, isProgramError(t, err).Signature.IsZero())
	})
}

func TestWhichProgramFailed(t *testing.T) {
	a, b := solana.PublicKey{1}.String(), solana.PublicKey{2}.String()
	failed := func(who string) string { return "Program " + who + " failed: custom program error: 0x7" }
	for name, c := range map[string]struct {
		logs []string
		want string
	}{
		"none":                  {nil, ""},
		"success":               {[]string{"Program " + a + " invoke [1]", "Program " + a + " success"}, ""},
		"the outer one":         {[]string{"Program " + a + " invoke [1]", failed(a)}, a},
		"the inner one":         {[]string{"Program " + a + " invoke [1]", "Program " + b + " invoke [2]", failed(b), failed(a)}, b},
		"after an inner one":    {[]string{"Program " + a + " invoke [1]", "Program " + b + " invoke [2]", "Program " + b + " success", failed(a)}, a},
		"blamed in a text":      {[]string{"Program " + a + " invoke [1]", "Program log: " + failed(b), failed(a)}, a},
		"blamed on a new line":  {[]string{"Program " + a + " invoke [1]", "Program log: x\n" + failed(b), failed(a)}, a},
		"blamed as data":        {[]string{"Program " + a + " invoke [1]", "Program data: " + failed(b), failed(a)}, a},
		"one that never ran":    {[]string{"Program " + a + " invoke [1]", failed(b), failed(a)}, a},
		"cut before the end":    {[]string{"Program " + a + " invoke [1]", "Log truncated", failed(a)}, ""},
		"nesting is impossible": {[]string{"Program " + a + " invoke [3]", failed(a)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found, ok := chain.FailedProgram(c.logs)
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, c.want, found.String())
			}
		})
	}
}

// A code is an error of its own type: those of two programs are never equal.
func TestCodesOfTwoProgramsDiffer(t *testing.T) {
	require.NotErrorIs(t, error(chain.ErrAccountInUse), chain.AnchorCode(0))
	require.NotErrorIs(t, error(chain.AnchorCode(1)), chain.ErrTooFewLamports)
	require.NotErrorIs(t, error(chain.AnchorCode(1)), chain.ErrInsufficientFunds)
	require.Nil(t, chain.AnchorError(6000), "a program's own")
	require.Nil(t, chain.SystemError(9))
	for code := range uint32(9) {
		require.Contains(t, chain.SystemError(code).Error(), chain.SystemCode(code).Name())
	}
	require.Equal(t, chain.ErrAccountNotInitialized, chain.AnchorError(3012))
	require.Equal(t, "AccountNotInitialized", chain.ErrAccountNotInitialized.Name())
}

// The system program's address is the zero key: an ID that was left out.
func TestAProgramRegisteredWithoutItsID(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	c.Register(chain.Program{Name: "mine", Errors: func(uint32) error { return errEcho }})
	_, err := c.Send(t.Context(), []solana.Instruction{system.NewTransferInstruction(1000*sol, c.Wallet(), shop).Build()})
	require.ErrorIs(t, err, chain.ErrTooFewLamports)
	require.NotErrorIs(t, err, errEcho)
}

// The record of another transaction says nothing about this one.
func TestRecordOfAnotherTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		other, err := pay(t.Context(), c)
		require.NoError(t, err)
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getTransaction" {
				c.Params[0] = other.Signature.String()
				return c.Pass()
			}
			return nil, nil
		})
		r, err := pay(t.Context(), c)
		require.NoError(t, err)
		require.NotEqual(t, other.Signature, r.Signature)
		require.Empty(t, r.Logs, "nobody knows them")
		_, err = c.Transaction(t.Context(), r.Signature)
		require.ErrorContains(t, err, "not of the expected form")
	})
}
