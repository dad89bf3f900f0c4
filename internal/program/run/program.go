// Package run holds the decloud run program: its Anchor IDL.
package run

import _ "embed"

//go:embed idl.json
var idl []byte

// IDL returns a copy of the program's interface: Anchor IDL specification 0.1.0, JSON.
func IDL() []byte { return append([]byte(nil), idl...) }
