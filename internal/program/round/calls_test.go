package round_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/gagliardetto/solana-go"
)

const (
	modelCID    = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
	gradientCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdj"
)

var loader = solana.BPFLoaderUpgradeableProgramID

// args encodes an instruction: Anchor's discriminator, and the arguments in Borsh.
func args(name string, values ...any) []byte {
	sum := sha256.Sum256([]byte("global:" + name))
	out := append([]byte(nil), sum[:8]...)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			out = binary.LittleEndian.AppendUint32(out, uint32(len(v)))
			out = append(out, v...)
		case bool:
			b := byte(0)
			if v {
				b = 1
			}
			out = append(out, b)
		case []byte:
			out = append(out, v...)
		case solana.PublicKey:
			out = append(out, v[:]...)
		case uint8:
			out = append(out, v)
		case uint16:
			out = binary.LittleEndian.AppendUint16(out, v)
		case uint32:
			out = binary.LittleEndian.AppendUint32(out, v)
		case uint64:
			out = binary.LittleEndian.AppendUint64(out, v)
		case int64:
			out = binary.LittleEndian.AppendUint64(out, uint64(v))
		default:
			panic("unknown type of argument")
		}
	}
	return out
}

// pda derives an address; numbers are u64 in little-endian.
func (c *chain) pda(prefix string, seeds ...any) solana.PublicKey {
	list := [][]byte{[]byte(prefix)}
	for _, s := range seeds {
		switch s := s.(type) {
		case uint64:
			list = append(list, binary.LittleEndian.AppendUint64(nil, s))
		case solana.PublicKey:
			list = append(list, s.Bytes())
		case string:
			list = append(list, c.pub(s).Bytes())
		}
	}
	name := string(bytes.Join(list, []byte("/"))) // seeds of one prefix have the same lengths
	key, ok := c.pdas[name]
	if !ok {
		found, bump, err := solana.FindProgramAddress(list, c.id)
		if err != nil {
			panic(err)
		}
		key, c.pdas[name], c.bumps[found] = found, found, bump
	}
	return key
}

func (c *chain) counter() solana.PublicKey           { return c.pda("round_counter") }
func (c *chain) round(id uint64) solana.PublicKey    { return c.pda("round", id) }
func (c *chain) vault(id uint64) solana.PublicKey    { return c.pda("vault", id) }
func (c *chain) profile(who string) solana.PublicKey { return c.pda("trainer_profile", who) }
func (c *chain) stakeOf(who string) solana.PublicKey { return c.pda("validator_stake", who) }
func (c *chain) pre(id uint64, who string) solana.PublicKey {
	return c.pda("pre", id, who)
}
func (c *chain) gradient(id uint64, who string) solana.PublicKey {
	return c.pda("gradient", id, who)
}
func (c *chain) post(id uint64, trainer, who string) solana.PublicKey {
	return c.pda("post", id, trainer, who)
}

func (c *chain) source(id uint64, who string) solana.PublicKey { return c.pda("source", id, who) }

func (c *chain) unopened(id uint64, who string) solana.PublicKey {
	return c.pda("unopened", id, who)
}

// subject is the trainer's key, or 32 zero bytes for the base model.
func (c *chain) subject(trainer string) solana.PublicKey {
	if trainer == "" {
		return solana.PublicKey{}
	}
	return c.pub(trainer)
}

func (c *chain) commitment(id uint64, trainer, who string) solana.PublicKey {
	return c.pda("commit", id, c.subject(trainer), who)
}

// call builds an instruction from accounts in the form of the specification's table: "w" writable, "s" signer.
func (c *chain) call(data []byte, name string, signer string, accounts ...any) call {
	k := call{name: name, data: data}
	for i := 0; i < len(accounts); i += 2 {
		key, flags := accounts[i].(solana.PublicKey), accounts[i+1].(string)
		k.metas = append(k.metas, solana.NewAccountMeta(key, strings.Contains(flags, "w"), strings.Contains(flags, "s")))
	}
	if signer != "" {
		k.signers = []string{signer}
	}
	return k
}

var system = solana.SystemProgramID

func (c *chain) initialize() call { return c.initializeBy("authority") }

func (c *chain) initializeBy(who string) call {
	data, _, _ := solana.FindProgramAddress([][]byte{c.id.Bytes()}, loader)
	return c.call(args("initialize"), "initialize", who, c.counter(), "w", c.pub(who), "ws", system, "", data, "")
}

func (c *chain) create(who string, id uint64, reward uint64) call {
	return c.createWith(who, id, modelCID, 3, reward, 100)
}

func (c *chain) createWith(who string, id uint64, cid string, dataset uint8, reward uint64, rating uint16) call {
	return c.call(args("create_round", id, cid, dataset, reward, rating), "create_round", who,
		c.counter(), "w", c.round(id), "w", c.vault(id), "w", c.pub(who), "ws", system, "")
}

// options are the terms of configure_round.
type options struct {
	deadline                   int64
	baseWindow, window, commit int64
	minPre, minPost            uint8
	stake                      uint64
	reveal                     bool
	rule                       uint8
}

// terms are plain ones for a round created at the start: quorums of one, two hours.
func terms() options {
	return options{deadline: start + 7200, window: 3600, commit: 600, minPre: 1, minPost: 1}
}

func (o options) encode() []byte {
	return args("", o.deadline, o.baseWindow, o.window, o.commit, o.minPre, o.minPost, o.stake, o.reveal, o.rule)[8:]
}

func (c *chain) configure(who string, id uint64, o options) call {
	return c.call(args("configure_round", id, o.encode()), "configure_round", who, c.round(id), "w", c.pub(who), "s")
}

// fair are the options of configure_fair.
type fair struct {
	sealed          bool
	task, committee uint8
	tolerance       uint16
	publish, slots  uint32
	bond            uint64
	deadline        int64
	holdout         [32]byte
}

func (o fair) encode() []byte {
	return args("", o.sealed, o.task, o.committee, o.tolerance, o.publish, o.slots, o.bond, o.deadline, o.holdout[:])[8:]
}

func (c *chain) configureFair(who string, id uint64, o fair) call {
	return c.call(args("configure_fair", id, o.encode()), "configure_fair", who, c.round(id), "w", c.pub(who), "s")
}

func (c *chain) revealHoldout(who string, id uint64, key [32]byte) call {
	return c.call(args("reveal_holdout", id, key[:]), "reveal_holdout", who, c.round(id), "w", c.pub(who), "s")
}

// withdrawHoldout is withdraw_remainder in a round with a sealed test.
func (c *chain) withdrawHoldout(who string, id uint64) call {
	k := c.withdraw(who, id)
	k.metas = append(k.metas, solana.NewAccountMeta(treasury, true, false))
	return k
}

func (c *chain) assertTerms(id uint64, hash []byte) call {
	return c.call(args("assert_terms", id, hash), "assert_terms", "", c.round(id), "")
}

// terms is the hash of a round's terms, as idl.json defines it.
func (c *chain) terms(id uint64) []byte {
	r := slices.Clone(c.data(c.round(id)))
	if r[852]&2 != 0 {
		sealed := sha256.Sum256(r[928:960])
		copy(r[928:], sealed[:])
	}
	r[852] &= 1
	r[855] = 0
	clear(r[880:928])
	clear(r[960:962])
	sum := sha256.Sum256(slices.Concat([]byte("decloud:terms:v1"), r[8:132], r[163:264], r[272:274], r[844:992]))
	return sum[:]
}

func (c *chain) cancel(who string, id uint64) call {
	return c.call(args("cancel_round", id), "cancel_round", who,
		c.round(id), "w", c.vault(id), "w", c.pub(who), "ws", system, "")
}

func (c *chain) createProfile(who string) call {
	return c.call(args("create_trainer_profile"), "create_trainer_profile", who,
		c.profile(who), "w", c.pub(who), "ws", system, "")
}

func (c *chain) prevalidate(who string, id uint64, accuracy uint32) call {
	return c.call(args("prevalidate", id, accuracy), "prevalidate", who,
		c.round(id), "w", c.stakeOf(who), "", c.pre(id, who), "w", c.pub(who), "ws", system, "")
}

func (c *chain) submit(who string, id uint64, cid string) call {
	return c.call(args("submit_gradient", id, cid), "submit_gradient", who,
		c.round(id), "w", c.profile(who), "", c.gradient(id, who), "w", c.pub(who), "ws", system, "")
}

// submitSealed is the same for a sealed round, whose vault takes the bond.
func (c *chain) submitSealed(who string, id uint64, cid string) call {
	k := c.submit(who, id, cid)
	k.metas = append(k.metas, solana.NewAccountMeta(c.vault(id), true, false))
	return k
}

func (c *chain) setSource(who string, id uint64, source string) call {
	return c.call(args("set_source", id, source), "set_source", who, c.round(id), "", c.gradient(id, who), "",
		c.source(id, who), "w", c.pub(who), "ws", system, "")
}

func (c *chain) postvalidate(who string, id uint64, trainer string, accuracy uint32) call {
	return c.call(args("postvalidate", id, accuracy), "postvalidate", who, c.round(id), "w", c.stakeOf(who), "",
		c.gradient(id, trainer), "w", c.post(id, trainer, who), "w", c.pub(who), "ws", system, "")
}

func (c *chain) finalize(who string, id uint64) call {
	return c.call(args("finalize_round", id), "finalize_round", who, c.round(id), "w", c.pub(who), "s")
}

func (c *chain) force(who string, id uint64) call {
	return c.call(args("force_finalize", id), "force_finalize", who, c.round(id), "w", c.pub(who), "s")
}

func (c *chain) claim(who string, id uint64) call {
	return c.call(args("claim_trainer", id), "claim_trainer", who, c.round(id), "", c.gradient(id, who), "w",
		c.profile(who), "w", c.vault(id), "w", treasury, "w", c.pub(who), "ws", system, "")
}

func (c *chain) claimPre(who string, id uint64) call {
	return c.call(args("claim_validator_pre", id), "claim_validator_pre", who, c.round(id), "", c.pre(id, who), "w",
		c.vault(id), "w", treasury, "w", c.pub(who), "ws", system, "")
}

func (c *chain) claimPost(who string, id uint64, trainer string) call {
	return c.call(args("claim_validator_post", id), "claim_validator_post", who, c.round(id), "",
		c.post(id, trainer, who), "w", c.vault(id), "w", treasury, "w", c.pub(who), "ws", system, "")
}

func (c *chain) settle(who string, id uint64, trainer string) call {
	return c.call(args("settle_rating", id), "settle_rating", who, c.round(id), "", c.gradient(id, trainer), "w",
		c.profile(trainer), "w", c.pub(who), "s")
}

func (c *chain) withdraw(who string, id uint64) call {
	return c.call(args("withdraw_remainder", id), "withdraw_remainder", who,
		c.round(id), "", c.vault(id), "w", c.pub(who), "ws", system, "")
}
