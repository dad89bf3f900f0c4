package round

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/gagliardetto/solana-go"
)

// The program and the treasury of the local chain. On other networks a program
// of somebody else may stand at this address.
var (
	LocalProgram  = solana.MustPublicKeyFromBase58("DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh")
	LocalTreasury = solana.MustPublicKeyFromBase58("FzuCxi65QyFXAGbHcXB28RXqyBZSZ5KXLQxeofx1P9K2")
)

// ErrNetwork is wrapped by every error about a network that cannot be used.
var ErrNetwork = errors.New("round: network")

// Network says where a chain is reached and which program on it is meant.
type Network struct {
	Name    string           // for people
	RPC     string           // http or https URL
	WS      string           // ws or wss URL; empty: changes are found by polling alone
	Program solana.PublicKey // the round program
}

// Localnet is a local chain at its usual ports, with the program at its default
// address.
func Localnet() Network {
	return Network{Name: "localnet", RPC: "http://127.0.0.1:8899", WS: "ws://127.0.0.1:8900", Program: LocalProgram}
}

// Devnet is Solana's public network for development. Which program stands for
// decloud there is for the caller to say: there is no default to be fooled by.
func Devnet(program solana.PublicKey) Network {
	return Network{Name: "devnet", RPC: "https://api.devnet.solana.com", WS: "wss://api.devnet.solana.com", Program: program}
}

// Mainnet is Solana's main network. As with [Devnet], the program has no
// default.
func Mainnet(program solana.PublicKey) Network {
	return Network{Name: "mainnet", RPC: "https://api.mainnet-beta.solana.com", WS: "wss://api.mainnet-beta.solana.com", Program: program}
}

// Check tells what is wrong with the network's settings. It does not dial.
func (n Network) Check() error {
	if n.Program.IsZero() {
		return fmt.Errorf("%w %q: no program id: set Network.Program to the address that the round program was deployed to", ErrNetwork, n.Name)
	}
	if err := checkURL(n.RPC, "http", "https"); err != nil {
		return fmt.Errorf("%w %q: RPC: %w", ErrNetwork, n.Name, err)
	}
	if n.WS == "" {
		return nil
	}
	if err := checkURL(n.WS, "ws", "wss"); err != nil {
		return fmt.Errorf("%w %q: WS: %w", ErrNetwork, n.Name, err)
	}
	return nil
}

func checkURL(text, scheme, secure string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("not a URL") // the text may hold an API key: not repeated
	}
	if u.Scheme != scheme && u.Scheme != secure {
		return fmt.Errorf("a URL that starts with %s:// or %s:// is needed", scheme, secure)
	}
	if u.Host == "" {
		return errors.New("the URL has no host")
	}
	return nil
}

// String names the network and the program, not the URLs: those of a provider
// often hold an API key.
func (n Network) String() string { return fmt.Sprintf("%s (program %s)", n.Name, n.Program) }

// GoString keeps the URLs out of %#v, too.
func (n Network) GoString() string { return "round.Network{" + n.String() + "}" }
