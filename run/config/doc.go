// Package config reads and writes the configuration file of a run: TOML, with
// Psyche's names. What the program needs of it is also on chain; the file itself is
// published as a directory with the one file config.toml, whose digest is
// run.Run.ConfigDigest. Members refuse a run whose file does not say what the chain
// says ([File.Matches]).
//
//	[config]
//	warmup_time = 10                     # seconds, as all times are
//	cooldown_time = 5
//	rounds_per_epoch = 5                 # or epoch_time
//	max_round_train_time = 60
//	round_witness_time = 10              # each of its three phases
//	min_clients = 3
//	init_min_clients = 6                 # of the first epoch
//	global_batch_size_start = 600        # samples of a round, all members together
//	global_batch_size_end = 600
//	total_steps = 100
//	verification = "witness"             # or "vote", with voters, min_stake and slash_bps
//
//	[model.Head]
//	package = "bafy…"
//	batch_size = 32
//	[model.Head.lr_schedule.Constant]
//	base_lr = 0.05
//	[model.Head.optimizer.Sgd]
//
//	[data]
//	location = "private"
//
// [Parse] checks every field and refuses what Psyche refuses by the field's name;
// unknown fields are errors with their row and column, and so are names that differ
// from a known one in their letters' case only.
package config
