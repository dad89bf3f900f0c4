package round_test

import (
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/round"
)

// TestFindings runs, under the names that auditors give them, the tests of what goes wrong in programs like this one.
func TestFindings(t *testing.T) {
	for _, finding := range []struct {
		name  string
		tests []func(*testing.T)
	}{
		{"missing signer, owner or type check", []func(*testing.T){TestAccountChecks}},
		{"account substitution", []func(*testing.T){TestClaimsOfOthers, TestGradientsOfOneRoundAreNotAnothers}},
		{"cosplay", []func(*testing.T){TestClaimCosplay}},
		{"re-initialisation", []func(*testing.T){TestInitializeOnlyOnce}},
		{"initialisation by a stranger", []func(*testing.T){TestInitializeOnlyByTheUpgradeAuthority}},
		{"arbitrary CPI", []func(*testing.T){TestNoOtherProgramIsCalled}},
		{"duplicate mutable accounts", []func(*testing.T){TestTreasuryIsNoOtherAccount, TestTreasuryMayBeTheClaimant}},
		{"non-canonical bump", []func(*testing.T){TestNonCanonicalAddress}},
		{"PDA sharing", []func(*testing.T){TestGradientsOfOneRoundAreNotAnothers, TestRevealOfACopiedHash}},
		{"closing and reviving", []func(*testing.T){TestClosedAccountsCannotBeRevived, TestCancelledVaultCannotBeRevived,
			TestClosingTwiceInOneTransaction}},
		{"overflow", []func(*testing.T){TestRewardOf2To63, TestStakeAmounts}},
		{"pre-funded PDA", []func(*testing.T){TestCreateRoundOnFundedAddresses, TestDonatedLamports, TestDonatedStake}},
		{"256th participant", []func(*testing.T){TestTrainerSlots}},
		{"accuracy over 10,000", []func(*testing.T){TestAccuracyRange}},
		{"creator = trainer = validator", []func(*testing.T){TestConflictsOfInterest}},
		{"wrong treasury", []func(*testing.T){TestWrongTreasury}},
		{"claim twice", []func(*testing.T){TestClaimTwice, TestClaimTwiceInOneTransaction}},
		{"claim early", []func(*testing.T){TestSettleOnlyOnceFinalized}},
		{"claim in a cancelled round", []func(*testing.T){TestClaimInACancelledRound}},
		{"cancel racing submit", []func(*testing.T){TestCancelRacesAScore, TestCancelRacesACommitment, TestCancelNotOnceSomebodyTookPart}},
		{"dust", []func(*testing.T){TestRoundWithoutImprovement}},
		{"reward of 1 lamport", []func(*testing.T){TestRewardOfOneLamport}},
		{"reward of 2^63", []func(*testing.T){TestRewardOf2To63}},
	} {
		t.Run(finding.name, func(t *testing.T) {
			for _, test := range finding.tests {
				test(t)
			}
		})
	}
}

// TestNoOtherProgramIsCalled puts a program of somebody else, which is there and could be called, in the system program's
// place wherever an account is created or money moves by a call.
func TestNoOtherProgramIsCalled(t *testing.T) {
	c := training(t)
	evil := solana.MustPublicKeyFromBase58("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
	require.NoError(t, c.bank.AddProgram(evil, round.ELF()))
	for _, k := range []call{
		c.create("creator", 1, sol), c.createProfile("new"), c.prevalidate("ben", 0, 1), c.submit("tom", 0, gradientCID), c.stake("ann", sol),
	} {
		i := slices.IndexFunc(k.metas, func(m *solana.AccountMeta) bool { return m.PublicKey == system })
		c.fails(k.with(i, evil), 3008)
	}
}
