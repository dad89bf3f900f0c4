// Package rpcapi answers Solana's JSON-RPC methods from an svm.Bank, in the
// shapes of Agave's RPC service (anza-xyz/agave, rpc/src/rpc.rs and
// rpc-client-types; https://solana.com/docs/rpc). Of the programs on the chain it
// knows the SPL Token program's accounts, as Agave does.
//
// The ledger behind it is final at once, so the three commitment levels are
// checked and then mean the same.
package rpcapi

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// Version of Agave whose RPC shapes are followed; sent as apiVersion.
const Version = "4.0.0"

// Limits of Agave's RPC service.
const (
	maxMultipleAccounts  = 100
	maxSignatureStatuses = 256
	maxSignaturesOf      = 1000
	maxPriorityFeeKeys   = 128
)

// Config configures an API.
type Config struct {
	Bank    *svm.Bank
	Genesis solana.Hash
	// Identity names the node; nobody needs its private key, since nobody votes.
	Identity solana.PublicKey
	// Airdrop transfers lamports from the faucet to a key and returns the
	// transaction's signature. Nil: there is no faucet.
	Airdrop func(to solana.PublicKey, lamports uint64) (solana.Signature, error)
	// MaxScanBytes bounds the account data that one call may return.
	MaxScanBytes int
}

// API holds the methods. It keeps no state of its own.
type API struct{ Config }

// New returns an API over cfg.Bank.
func New(cfg Config) *API { return &API{cfg} }

// Methods returns the methods by name, for a jsonrpc.Dispatcher.
func (a *API) Methods() map[string]jsonrpc.Method {
	return map[string]jsonrpc.Method{
		"getAccountInfo":                    a.getAccountInfo,
		"getBalance":                        a.getBalance,
		"getBlock":                          a.getBlock,
		"getBlockCommitment":                a.getBlockCommitment,
		"getBlockHeight":                    a.getBlockHeight,
		"getBlockProduction":                a.getBlockProduction,
		"getBlocks":                         a.getBlocks,
		"getBlocksWithLimit":                a.getBlocksWithLimit,
		"getBlockTime":                      a.getBlockTime,
		"getClusterNodes":                   a.getClusterNodes,
		"getEpochInfo":                      a.getEpochInfo,
		"getEpochSchedule":                  a.getEpochSchedule,
		"getFeeForMessage":                  a.getFeeForMessage,
		"getFirstAvailableBlock":            a.getFirstAvailableBlock,
		"getGenesisHash":                    a.getGenesisHash,
		"getHealth":                         a.getHealth,
		"getHighestSnapshotSlot":            a.getHighestSnapshotSlot,
		"getIdentity":                       a.getIdentity,
		"getInflationGovernor":              a.getInflationGovernor,
		"getInflationRate":                  a.getInflationRate,
		"getInflationReward":                a.getInflationReward,
		"getLargestAccounts":                a.getLargestAccounts,
		"getLatestBlockhash":                a.getLatestBlockhash,
		"getLeaderSchedule":                 a.getLeaderSchedule,
		"getMaxRetransmitSlot":              a.getMaxSlot,
		"getMaxShredInsertSlot":             a.getMaxSlot,
		"getMinimumBalanceForRentExemption": a.getMinimumBalanceForRentExemption,
		"getMultipleAccounts":               a.getMultipleAccounts,
		"getProgramAccounts":                a.getProgramAccounts,
		"getRecentPerformanceSamples":       a.getRecentPerformanceSamples,
		"getRecentPrioritizationFees":       a.getRecentPrioritizationFees,
		"getSignatureStatuses":              a.getSignatureStatuses,
		"getSignaturesForAddress":           a.getSignaturesForAddress,
		"getSlot":                           a.getSlot,
		"getSlotLeader":                     a.getSlotLeader,
		"getSlotLeaders":                    a.getSlotLeaders,
		"getStakeMinimumDelegation":         a.getStakeMinimumDelegation,
		"getSupply":                         a.getSupply,
		"getTokenAccountBalance":            a.getTokenAccountBalance,
		"getTokenAccountsByDelegate":        a.getTokenAccountsByDelegate,
		"getTokenAccountsByOwner":           a.getTokenAccountsByOwner,
		"getTokenLargestAccounts":           a.getTokenLargestAccounts,
		"getTokenSupply":                    a.getTokenSupply,
		"getTransaction":                    a.getTransaction,
		"getTransactionCount":               a.getTransactionCount,
		"getVersion":                        a.getVersion,
		"getVoteAccounts":                   a.getVoteAccounts,
		"isBlockhashValid":                  a.isBlockhashValid,
		"minimumLedgerSlot":                 a.getFirstAvailableBlock,
		"requestAirdrop":                    a.requestAirdrop,
		"sendTransaction":                   a.sendTransaction,
		"simulateTransaction":               a.simulateTransaction,
	}
}

// response is a value with the slot it was read at.
type response struct {
	Context responseContext `json:"context"`
	Value   any             `json:"value"`
}

type responseContext struct {
	Slot       uint64 `json:"slot"`
	APIVersion string `json:"apiVersion,omitempty"`
}

func (a *API) respond(value any) response {
	return response{responseContext{a.Bank.Slot(), Version}, value}
}

func (a *API) requestAirdrop(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(2, 3); err != nil {
		return nil, err
	}
	to, err := KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	var lamports uint64
	if err := p.Require(1, &lamports); err != nil {
		return nil, err
	}
	if err := a.checkContext(p, 2); err != nil {
		return nil, err
	}
	if a.Airdrop == nil {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: "Invalid request: this chain has no faucet"}
	}
	sig, err := a.Airdrop(to, lamports)
	if err != nil {
		return nil, err
	}
	return sig.String(), nil
}
