package round_test

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gagliardetto/solana-go"
)

// params are the protocol's parameters, in the order of update_protocol.
type params struct {
	fee, validatorShare                          uint16
	forceAfter, window, baseWindow, commitWindow int64
	minPre, minPost                              uint8
	minReward, minStake                          uint64
	cooldown                                     int64
	tolerance, slash, reporterShare              uint16
	claimPeriod                                  int64
}

// defaults are the parameters of the specification.
func defaults() params {
	return params{200, 1000, 43_200, 3_600, 0, 1_800, 1, 1, 1, 0, 86_400, 500, 1_000, 1_000, 15_552_000}
}

func (p params) encode() []byte {
	return args("", p.fee, p.validatorShare, p.forceAfter, p.window, p.baseWindow, p.commitWindow, p.minPre, p.minPost,
		p.minReward, p.minStake, p.cooldown, p.tolerance, p.slash, p.reporterShare, p.claimPeriod)[8:]
}

func (c *chain) update(who string, p params) call {
	return c.call(args("update_protocol", p.encode()), "update_protocol", who, c.counter(), "w", c.pub(who), "s")
}

func (c *chain) updateTreasury(who string, p params, treasury solana.PublicKey) call {
	k := c.update(who, p)
	k.metas = append(k.metas, solana.NewAccountMeta(treasury, true, false))
	return k
}

func (c *chain) propose(who string, next solana.PublicKey) call {
	return c.call(args("propose_authority", next), "propose_authority", who, c.counter(), "w", c.pub(who), "s")
}

func (c *chain) accept(who string) call {
	return c.call(args("accept_authority"), "accept_authority", who, c.counter(), "w", c.pub(who), "s")
}

var salt = sha256.Sum256([]byte("salt"))

// hash is what a validator commits to; trainer "" is the base model.
func (c *chain) hash(who string, id uint64, trainer string, accuracy uint32) []byte {
	text := append([]byte("decloud:v1"), c.id.Bytes()...)
	text = binary.LittleEndian.AppendUint64(text, id)
	text = append(text, c.subject(trainer).Bytes()...)
	text = append(text, c.pub(who).Bytes()...)
	text = binary.LittleEndian.AppendUint32(text, accuracy)
	sum := sha256.Sum256(append(text, salt[:]...))
	return sum[:]
}

func (c *chain) commit(who string, id uint64, trainer string, accuracy uint32) call {
	gradient := c.id
	if trainer != "" {
		gradient = c.gradient(id, trainer)
	}
	return c.call(args("commit_validation", id, c.subject(trainer), c.hash(who, id, trainer, accuracy)), "commit_validation",
		who, c.round(id), "w", gradient, "", c.stakeOf(who), "", c.commitment(id, trainer, who), "w", c.pub(who), "ws", system, "")
}

// commitSealed is the same for a sealed round, whose gradients count commitments, and where a score may exist already.
func (c *chain) commitSealed(who string, id uint64, trainer string, accuracy uint32) call {
	k := c.commit(who, id, trainer, accuracy)
	if trainer != "" {
		k.metas[1].IsWritable = true
	}
	score := c.pre(id, who)
	if trainer != "" {
		score = c.post(id, trainer, who)
	}
	k.metas = append(k.metas, solana.NewAccountMeta(score, false, false))
	return k
}

func (c *chain) revealPre(who string, id uint64, accuracy uint32) call {
	return c.call(args("reveal_prevalidation", id, accuracy, salt[:]), "reveal_prevalidation", who, c.round(id), "w",
		c.stakeOf(who), "", c.pre(id, who), "w", c.commitment(id, "", who), "w", c.pub(who), "ws", system, "")
}

func (c *chain) revealPost(who string, id uint64, trainer string, accuracy uint32) call {
	return c.call(args("reveal_postvalidation", id, accuracy, salt[:]), "reveal_postvalidation", who, c.round(id), "w",
		c.stakeOf(who), "", c.gradient(id, trainer), "w", c.post(id, trainer, who), "w", c.commitment(id, trainer, who), "w",
		c.pub(who), "ws", system, "")
}

func (c *chain) closeCommitment(who string, id uint64, trainer string) call {
	return c.call(args("close_commitment", id, c.subject(trainer)), "close_commitment", who,
		c.commitment(id, trainer, who), "w", c.pub(who), "ws")
}

// closeCommitmentSealed is the same for a sealed round, which must be closed.
func (c *chain) closeCommitmentSealed(who string, id uint64, trainer string) call {
	k := c.closeCommitment(who, id, trainer)
	k.metas = append(k.metas, solana.NewAccountMeta(c.round(id), false, false))
	return k
}

func (c *chain) stake(who string, amount uint64) call {
	return c.call(args("stake", amount), "stake", who, c.stakeOf(who), "w", c.pub(who), "ws", system, "",
		c.counter(), "w")
}

func (c *chain) unstake(who string, amount uint64) call {
	return c.call(args("request_unstake", amount), "request_unstake", who,
		c.stakeOf(who), "w", c.pub(who), "ws", system, "", c.counter(), "w")
}

func (c *chain) withdrawStake(who string) call {
	return c.call(args("withdraw_stake"), "withdraw_stake", who, c.stakeOf(who), "w", c.pub(who), "ws", system, "")
}

func (c *chain) slash(reporter string, id uint64, validation solana.PublicKey, validator string) call {
	return c.call(args("slash_validator", id), "slash_validator", reporter, c.round(id), "", validation, "w",
		c.stakeOf(validator), "w", c.vault(id), "w", treasury, "w", c.pub(reporter), "ws", system, "",
		c.counter(), "w")
}

func (c *chain) slashCommitment(reporter string, id uint64, trainer, validator string) call {
	return c.call(args("slash_commitment", id, c.subject(trainer)), "slash_commitment", reporter, c.round(id), "",
		c.commitment(id, trainer, validator), "w", c.unopened(id, validator), "w", c.stakeOf(validator), "w", c.pub(validator), "w",
		c.counter(), "w", treasury, "w", c.pub(reporter), "ws", system, "")
}

func (c *chain) draw(who string, id uint64) call {
	return c.call(args("draw_committee", id), "draw_committee", who, c.round(id), "w", c.counter(), "", c.pub(who), "s")
}

func (c *chain) closeGradient(who string, id uint64, trainer string) call {
	return c.call(args("close_gradient"), "close_gradient", who,
		c.round(id), "", c.gradient(id, trainer), "w", c.pub(trainer), "w", c.pub(who), "s")
}

func (c *chain) closeSource(who string, id uint64, trainer string) call {
	return c.call(args("close_source"), "close_source", who,
		c.round(id), "", c.source(id, trainer), "w", c.pub(trainer), "w", c.pub(who), "s")
}

func (c *chain) closeValidation(who string, id uint64, validation solana.PublicKey, validator string) call {
	return c.call(args("close_validation"), "close_validation", who,
		c.round(id), "", validation, "w", c.pub(validator), "w", c.pub(who), "s")
}

func (c *chain) closeRound(who string, id uint64, creator string) call {
	return c.call(args("close_round"), "close_round", who,
		c.round(id), "w", c.pub(creator), "w", c.pub(who), "s", c.vault(id), "")
}
