package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Common are the settings that all apps have. The names are the kits' where
// these have one.
type Common struct {
	PrivateKey       storage.Secret    `json:"private_key"`
	KeypairPath      string            `json:"keypair_path"`
	Network          string            `json:"network"`
	ProgramID        string            `json:"program_id"`
	RPC              string            `json:"custom_rpc"`
	WS               string            `json:"custom_ws"`
	RPCHeader        storage.Secret    `json:"rpc_header"`
	MoreRPC          Names             `json:"more_rpc"`
	PriorityFee      Fee               `json:"priority_fee"`
	MaxPriorityFee   uint64            `json:"max_priority_fee"`
	CARDir           string            `json:"car_dir"`
	KuboURL          string            `json:"kubo_url"`
	Gateways         Names             `json:"gateways"`
	PublicGateways   bool              `json:"public_gateways"`
	PlainHTTP        bool              `json:"plain_http"`
	CacheGB          float64           `json:"cache_gb"`
	AutoDownload     bool              `json:"auto_download"`
	DatasetMirrors   Names             `json:"dataset_mirrors"`
	PinataAPIKey     storage.Secret    `json:"pinata_api_key"`
	PinataSecretKey  storage.Secret    `json:"pinata_secret_key"`
	PinataJWT        storage.Secret    `json:"pinata_jwt"`
	LighthouseAPIKey storage.Secret    `json:"lighthouse_api_key"`
	HFRepo           string            `json:"hf_repo"`
	HFToken          storage.Secret    `json:"hf_token"`
	HFPrivate        bool              `json:"hf_private"`
	PinningURL       string            `json:"pinning_url"`
	PinningToken     storage.Secret    `json:"pinning_token"`
	DatasetPaths     map[string]string `json:"dataset_paths"`
	DatasetMappings  map[string]string `json:"dataset_mappings"`
	// DatasetOptions say how the files of DatasetPaths and DatasetSources are read
	DatasetOptions map[string]dataset.Options `json:"dataset_options"`
	DatasetSources map[string][]Source        `json:"dataset_sources"`

	others map[string]json.RawMessage // of the file, unknown to the app
}

// Source is a file of a data set on the web.
type Source struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"`
}

// The networks by name.
const (
	localnet = "localnet"
	devnet   = "devnet"
	mainnet  = "mainnet"
)

// DefaultCommon are the settings of somebody who has set nothing.
func DefaultCommon() Common {
	return Common{KeypairPath: "~/.config/solana/id.json", Network: localnet, CacheGB: storage.DefaultCacheBytes >> 30, MoreRPC: Names{}, MaxPriorityFee: 1_000_000}
}

// Base implements [Config] for the structs that embed Common.
func (s *Common) Base() *Common { return s }

// Settings implements [Config].
func (s *Common) Settings() []Setting {
	secret := func(key, help string, p *storage.Secret) Setting {
		return Setting{Key: key, Help: help, Value: secretValue{p}, reveal: p.Reveal}
	}
	address := func(key, help string, p *string, schemes ...string) Setting {
		return Setting{Key: key, Help: help, Value: Text(p, checkURL(schemes...)), Show: func() string { return node.ShowURL(*p) }}
	}
	return []Setting{
		{Key: "private_key", Help: "the wallet's secret `key` (base58); a key file is safer", Value: keyValue{secretValue{&s.PrivateKey}}, reveal: s.PrivateKey.Reveal},
		{Key: "keypair_path", Help: "the wallet's key `file`, as solana-keygen writes it", Value: Path(&s.KeypairPath)},
		{Key: "network", Help: "`name` of the network: localnet, devnet or mainnet", Value: Text(&s.Network, checkNetwork)},
		{Key: "program_id", Help: "`address` of the round program; needed on devnet and mainnet", Value: Text(&s.ProgramID, checkAddress)},
		address("custom_rpc", "`URL` of the RPC node, instead of the network's public one", &s.RPC, "http", "https"),
		{Key: "custom_ws", Help: "`URL` of its WebSocket; none: find changes by polling (default: follows from the RPC's)",
			Value: Text(&s.WS, checkWS), Show: func() string { return node.ShowURL(s.WS) }},
		{Key: "rpc_header", Help: "HTTP header that the RPC node and its WebSocket are to get, as `Name: value`; several on a line each", Value: headerValue{&s.RPCHeader}, reveal: s.RPCHeader.Reveal},
		{Key: "more_rpc", Help: "further RPC nodes of the same network, `URLs` with commas between: used where one fails, and asked before a payment is repeated",
			Value: urlsValue{&s.MoreRPC}, Show: func() string { return showURLs(s.MoreRPC) }},
		{Key: "priority_fee", Help: "what to offer on top of the fee, in `millionths` of a lamport a compute unit; auto: what others paid lately", Value: &s.PriorityFee},
		{Key: "max_priority_fee", Help: "the most that is offered, by priority_fee auto or otherwise, in `millionths` of a lamport a compute unit", Value: Uint(&s.MaxPriorityFee)},
		{Key: "car_dir", Help: "shared `directory` of CAR files to publish to and read from (default on localnet: ~/.decloud/cars)", Value: Path(&s.CARDir)},
		address("kubo_url", "`URL` of the RPC of a Kubo node, such as http://127.0.0.1:5001", &s.KuboURL, "http", "https"),
		{Key: "gateways", Help: "IPFS gateways to read from, `URLs` with commas between", Value: urlsValue{&s.Gateways}, Show: func() string { return showURLs(s.Gateways) }},
		{Key: "public_gateways", Help: "read from the public IPFS gateways", Value: Bool(&s.PublicGateways)},
		{Key: "plain_http", Help: "allow http:// for RPC nodes, gateways and a Kubo node outside of the local network, where others can listen", Value: Bool(&s.PlainHTTP)},
		{Key: "cache_gb", Help: "how many `GiB` of packages to keep on disk, such as 0.5; the least recently used make room; 0: the default, 16", Value: Float(&s.CacheGB, 0, 1<<20)},
		{Key: "auto_download", Help: "download a known data set when it is first needed", Value: Bool(&s.AutoDownload)},
		{Key: "dataset_mirrors", Help: "where to look for known data sets before their publishers, `URLs` with commas between; each has mirror/NAME/FILE",
			Value: urlsValue{&s.DatasetMirrors}, Show: func() string { return showURLs(s.DatasetMirrors) }},
		secret("pinata_api_key", "`key` of Pinata, with pinata_secret_key", &s.PinataAPIKey),
		secret("pinata_secret_key", "secret `key` of Pinata", &s.PinataSecretKey),
		secret("pinata_jwt", "`token` of Pinata, instead of the two keys", &s.PinataJWT),
		secret("lighthouse_api_key", "`key` of Lighthouse", &s.LighthouseAPIKey),
		{Key: "hf_repo", Help: "`owner/name` of a data set on Hugging Face's hub to publish to and read from, besides; what is published replaces its files", Value: Text(&s.HFRepo, checkHFRepo)},
		secret("hf_token", "access `token` of the hub (default: HF_TOKEN of the environment or of a file .env)", &s.HFToken),
		{Key: "hf_private", Help: "make hf_repo private when it is created: only who has a token of yours can read it", Value: Bool(&s.HFPrivate)},
		address("pinning_url", "`URL` of a pinning service's API, which fetches from the node of kubo_url, such as https://api.pinata.cloud/psa", &s.PinningURL, "http", "https"),
		secret("pinning_token", "access `token` of the pinning service", &s.PinningToken),
	}
}

func showURLs(list Names) string {
	var shown []string
	for _, url := range list {
		shown = append(shown, node.ShowURL(url))
	}
	return strings.Join(shown, ",")
}

// urlsValue is a list of http addresses.
type urlsValue struct{ p *Names }

func (v urlsValue) Set(text string) error {
	var list Names
	if err := list.Set(text); err != nil {
		return err
	}
	for _, g := range list {
		if err := checkURL("http", "https")(g); err != nil {
			return err
		}
	}
	*v.p = list
	return nil
}

func (v urlsValue) String() string {
	if v.p == nil {
		return ""
	}
	return v.p.String()
}

func checkNetwork(name string) error {
	if known := []string{localnet, devnet, mainnet}; !slices.Contains(known, name) {
		return fmt.Errorf("expected %s, %s or %s%s", localnet, devnet, mainnet, Meant(name, known))
	}
	return nil
}

func checkAddress(text string) error {
	if _, err := solana.PublicKeyFromBase58(text); err != nil {
		return fmt.Errorf("expected an address (32 bytes in base58)")
	}
	return nil
}

func checkWS(text string) error {
	if text == node.NoWebSocket {
		return nil
	}
	return checkURL("ws", "wss")(text)
}

// flagName is what a setting is called on the command line.
func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// setting finds one by name; dashes do for underscores.
func setting(cfg Config, key string) (Setting, bool) {
	for _, s := range cfg.Settings() {
		if s.Key == strings.ReplaceAll(strings.ToLower(strings.TrimSpace(key)), "-", "_") {
			return s, true
		}
	}
	return Setting{}, false
}
