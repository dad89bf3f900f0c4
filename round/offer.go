package round

// Sizes of the accounts that a validator pays the rent of, in bytes.
const (
	postValidationSize = 88
	commitmentSize     = 129

	sealedCommitmentSize = commitmentSize + 1
	unopenedSize         = 89
)

// rentExempt is the lamports that an account of so many bytes must hold: two
// years' rent at 3,480 lamports for a byte and year, of which every account has
// 128 more.
func rentExempt(bytes uint64) uint64 { return 2 * 3480 * (128 + bytes) }

// Offer is what one more validation of a round would bring its validator and cost
// it, in lamports, as the round stands: all that a validator counts before it
// scores, and nothing else computes it.
type Offer struct {
	// Share is the validation's part of the validators' pool after the protocol's
	// fee, if the round ends with no fewer validations than it needs.
	Share uint64
	// Fees are those of the transactions: to score (or to commit and to reveal),
	// to claim, and to take the rent back.
	Fees uint64
	// Rent leaves the wallet now and comes back once the score is closed, a day
	// after finalization at the earliest.
	Rent uint64
	// Later is what has to stay in the wallet until the score is revealed, in commit-reveal
	// rounds: a fee, and rent that is taken before that of the commitment comes back. Who has
	// less cannot reveal.
	Later uint64
	// Risk is what is taken from the stake if the score turns out to be an
	// outlier.
	Risk uint64
}

// OfferToValidate returns what one more validation of a gradient, or of the base
// model, brings. fee is what one transaction costs ([chain.Client.MaxFee]).
//
// The pool is divided by as many validations as there will be at least: those
// that are there and this one, or as many as the quorums of the base and of all
// gradients so far demand; and by 32 at least while no gradient improves anything. In a
// sealed round those that were committed to count, as do the seats of a committee for each
// subject, and nobody knows of improvements before its end.
// More gradients and more validators make it less: ask again before each score.
func (r *Round) OfferToValidate(fee uint64) Offer {
	shares := r.Shares()
	needed := int(r.Options.MinPrevalidations) + int(r.Gradients)*int(r.Options.MinPostvalidations)
	if r.Sealed() {
		needed = max(needed, int(r.Commitments)+1, int(r.Fair.Committee)*(int(r.Gradients)+1))
	}
	shares.Validations = uint16(min(max(int(r.Validations)+1, needed), 1<<16-1))
	o := Offer{
		Share: shares.Payment(shares.ValidatorGross()).Net, Fees: 3 * fee, Rent: rentExempt(postValidationSize), Risk: r.SlashAmount(),
	}
	if r.Options.CommitReveal {
		o.Fees, o.Rent, o.Later = 4*fee, rentExempt(commitmentSize), fee+rentExempt(postValidationSize)
	}
	if r.Sealed() {
		o.Rent = rentExempt(sealedCommitmentSize)
	}
	return o
}

// Net is what is left of the share after the fees; negative if they are more.
func (o Offer) Net() int64 {
	return int64(min(o.Share, 1<<62)) - int64(min(o.Fees, 1<<62))
}

// SlashAmount is what an outlier of the round loses of its stake for each score,
// in lamports.
func (r *Round) SlashAmount() uint64 {
	stake, bps := r.Options.MinValidatorStake, uint64(min(r.SlashBps, 10_000))
	return stake/10_000*bps + stake%10_000*bps/10_000
}

// RentOfUnopened is what [Client.SlashCommitment] takes out of the reporter's wallet beside the
// fee, the first time for a validator of a round, in lamports. It comes back once the round is
// closed.
func RentOfUnopened() uint64 { return rentExempt(unopenedSize) }

// Sizes of the accounts that a trainer pays the rent of, in bytes.
const (
	gradientSize = 200
	profileSize  = 53
)

// CostOfSubmitting is what a submission to the round takes out of a trainer's wallet, in
// lamports: the fees to submit, to claim and to take the rent back; the rent; and in fair
// rounds the bond, which comes back unless the gradient is no better than the base. fee is
// what one transaction costs ([chain.Client.MaxFee]).
func (r *Round) CostOfSubmitting(fee uint64) (fees, rent, bond uint64) {
	return 3 * fee, rentExempt(gradientSize), r.Bond()
}

// ProfileRent is what the profile takes out of a trainer's wallet beside the fee,
// once, in lamports. It does not come back.
func ProfileRent() uint64 { return rentExempt(profileSize) }
