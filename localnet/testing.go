package localnet

// TB is the part of testing.TB that New needs; a *testing.T, *testing.B or
// *testing.F is one.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// New is Start for tests: it fails the test if the chain cannot start, and
// closes the chain when the test ends.
//
//	net := localnet.New(t)
func New(tb TB, opts ...Option) *Network {
	tb.Helper()
	n, err := Start(opts...)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	tb.Cleanup(func() {
		if err := n.Close(); err != nil {
			tb.Fatalf("localnet: close: %v", err)
		}
	})
	return n
}
