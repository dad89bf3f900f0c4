package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

func TestWherePackagesGo(t *testing.T) {
	public := len(gateway.Public(gateway.Options{}))
	for _, c := range []struct {
		name    string
		s       Common
		env     map[string]string
		publish string
		sources int
	}{
		{"local, nothing set", Common{Network: localnet}, nil, "cardir:/home/ann/.decloud/cars", 1},
		{"devnet, nothing set", Common{Network: devnet}, nil, "", public},
		{"a directory", Common{Network: devnet, CARDir: "~/cars"}, nil, "cardir:/home/ann/cars", 1},
		{"kubo", Common{Network: localnet, KuboURL: "http://127.0.0.1:5001"}, nil, "kubo", 1},
		{"kubo with a pinning service", Common{Network: devnet, KuboURL: "http://127.0.0.1:5001", PinningURL: "https://pins.example", PinningToken: storage.NewSecret("t")}, nil, "pinning:pins.example", 1},
		{"pinata", Common{Network: localnet, PinataAPIKey: storage.NewSecret("k"), PinataSecretKey: storage.NewSecret("s")}, nil, "pinata", public},
		{"half of pinata", Common{Network: devnet, PinataAPIKey: storage.NewSecret("k")}, nil, "", public},
		{"pinata's token", Common{Network: devnet, PinataJWT: storage.NewSecret("t")}, nil, "pinata", public},
		{"pinata from the environment", Common{Network: devnet}, map[string]string{"PINATA_API_KEY": "k", "PINATA_SECRET_KEY": "s"}, "pinata", public},
		{"lighthouse", Common{Network: devnet, LighthouseAPIKey: storage.NewSecret("k")}, nil, "lighthouse", public},
		{"a data set on the hub", Common{Network: devnet, HFRepo: "ann/rows", HFToken: storage.NewSecret("hf_t")}, nil, "hf:ann/rows", public + 1},
		{"a data set on the hub, the token in the environment", Common{Network: devnet, HFRepo: "ann/rows"}, map[string]string{"HF_TOKEN": "hf_t", "HF_ENDPOINT": "http://127.0.0.1:1"}, "hf:ann/rows", public + 1},
		{"gateways", Common{Network: localnet, Gateways: Names{"https://g.example"}}, nil, "cardir:/home/ann/.decloud/cars", 2},
		{"gateways and the public ones", Common{Network: devnet, Gateways: Names{"https://g.example"}, PublicGateways: true}, nil, "", 1 + public},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := &Call{App: testApp(), Env: func(k string) string {
				if k == "HOME" {
					return "/home/ann"
				}
				return c.env[k]
			}}
			cfg, err := call.Storage(&c.s)
			require.NoError(t, err)
			require.Len(t, cfg.Fetchers, c.sources)
			to, _ := call.places(&c.s)
			require.Contains(t, to, c.publish)
			err = call.CanPublish(&c.s)
			if c.publish == "" {
				require.Empty(t, cfg.Pushers)
				require.ErrorContains(t, err, "config --set car_dir=")
			} else {
				require.NoError(t, err)
				require.Len(t, cfg.Pushers, 1)
			}
		})
	}
}

func TestTheEnvironmentsKeyComesFirst(t *testing.T) {
	first, _ := secrets(t)
	second, _ := secrets(t)
	call := &Call{App: testApp(), Home: "/home/ann", Env: func(k string) string { return map[string]string{"DECLOUD_PRIVATE_KEY": first}[k] }}
	k, err := call.Wallet(&Common{PrivateKey: storage.NewSecret("nonsense")})
	require.NoError(t, err)
	call.Env = func(string) string { return "" }
	other, err := call.Wallet(&Common{PrivateKey: storage.NewSecret(second)})
	require.NoError(t, err)
	require.NotEqual(t, k.PublicKey(), other.PublicKey())
	_, err = call.Wallet(&Common{PrivateKey: storage.NewSecret("nonsense")})
	require.ErrorContains(t, err, "private_key in /home/ann/config.json")
}

func TestHubSettings(t *testing.T) {
	for name, c := range map[string]struct {
		s    Common
		env  map[string]string
		want string
	}{
		"no name":        {Common{HFRepo: "a/b/c"}, nil, "owner/name"},
		"a broken token": {Common{HFRepo: "ann/rows", HFToken: storage.NewSecret("hf_a b")}, nil, "copy it again"},
		"a strange hub":  {Common{HFRepo: "ann/rows"}, map[string]string{"HF_TOKEN": "hf_t", "HF_ENDPOINT": "hub"}, "not an http or https address"},
		"without https":  {Common{HFRepo: "ann/rows"}, map[string]string{"HF_TOKEN": "hf_t", "HF_ENDPOINT": "http://hub.example"}, "use https"},
	} {
		t.Run(name, func(t *testing.T) {
			c.s.Network = devnet
			call := &Call{App: testApp(), Env: func(k string) string { return c.env[k] }}
			_, err := call.Storage(&c.s)
			require.ErrorContains(t, err, "hf_repo, hf_token: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}
