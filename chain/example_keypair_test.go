package chain_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/chain"
)

// A key file has the format of solana-keygen, and only its owner may read it; no
// file is overwritten. However it is printed, a keypair shows only its address.
func ExampleKeypair_Save() {
	dir, err := os.MkdirTemp("", "keypair-example-*")
	must(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "id.json")

	key, err := chain.NewKeypair()
	must(err)
	must(key.Save(path))
	again, err := chain.LoadKeypair(path)
	must(err)
	fmt.Println(again.PublicKey() == key.PublicKey(), strings.Contains(fmt.Sprintf("%+v", key), key.PublicKey().String()))

	must(os.Chmod(path, 0o644))
	_, err = chain.LoadKeypair(path)
	fmt.Println("others may read it:", errors.Is(err, chain.ErrKeypair))
	// Output:
	// true true
	// others may read it: true
}

// The usual networks and their nodes.
func ExampleNetwork() {
	for _, n := range []chain.Network{chain.Localnet(), chain.Devnet()} {
		fmt.Println(n.Name, n.RPC, n.Local())
	}
	// Output:
	// localnet http://127.0.0.1:8899 true
	// devnet https://api.devnet.solana.com false
}
