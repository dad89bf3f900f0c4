package netloc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/netloc"
)

func TestIsPublic(t *testing.T) {
	for host, public := range map[string]bool{
		"ipfs.io": true, "IPFS.io.": true, "8.8.8.8": true, "8.8.8.8.": true, "2001:4860:4860::8888": true, "::ffff:8.8.8.8": true,
		"172.32.0.1": true, "100.128.0.1": true, "localhost.example.com": true, "127.0.0.1.example.com": true, "local.com": true, "pins.example": true,
		"localhost": false, "kubo": false, "127.0.0.1": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"fd00::1": false, "169.254.1.1": false, "fe80::1%eth0": false, "100.64.0.1": false, "0.0.0.0": false, "::ffff:10.0.0.1": false,
		"a.localhost": false, "nas.local": false, "NAS.Local.": false, "node.internal": false, "box.lan": false, "router.home.arpa": false, "node.test": false,
	} {
		require.Equal(t, public, netloc.IsPublic(host), host)
	}
}
