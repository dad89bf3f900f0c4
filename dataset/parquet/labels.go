package parquet

import (
	"fmt"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// checkLabel refuses columns whose stored numbers mean something else: those of
// decimals have lost their point, those of dates are days.
func checkLabel(c column) error {
	switch {
	case !c.plain:
		return fmt.Errorf("%w: column %q holds decimals or times, want whole numbers or names as labels", dataset.ErrFormat, c.name)
	case !c.scalar:
		return fmt.Errorf("%w: column %q holds %s, want whole numbers or names as labels; with pandas: df[%[2]q] = df[%[2]q].astype(\"int64\")", dataset.ErrFormat, c.name, c.kind)
	}
	return nil
}

// isScalar reports whether labelText reads values of a kind: not half floats and
// UUIDs, which are a few bytes, and times of 96 bits.
func isScalar(k parquet.Kind) bool { return k != parquet.FixedLenByteArray && k != parquet.Int96 }

// isPlain reports whether what is stored of a type is what it means.
func isPlain(t parquet.Type) bool {
	if l := t.LogicalType(); l != nil {
		switch l.Value.(type) {
		case *format.DecimalType, *format.DateType, *format.TimeType, *format.TimestampType:
			return false
		}
	}
	if old := t.ConvertedType(); old != nil {
		switch *old {
		case deprecated.Decimal, deprecated.Date, deprecated.TimeMillis, deprecated.TimeMicros,
			deprecated.TimestampMillis, deprecated.TimestampMicros, deprecated.Interval:
			return false
		}
	}
	return true
}

// isUnsigned reports whether a type's integers have no sign.
func isUnsigned(t parquet.Type) bool {
	if l := t.LogicalType(); l != nil {
		if i, ok := l.Value.(*format.IntType); ok {
			return !i.IsSigned
		}
	}
	old := t.ConvertedType()
	return old != nil && *old >= deprecated.Uint8 && *old <= deprecated.Uint64
}

// labelText is a label as a file of text would have it; nil if it is missing.
func labelText(v parquet.Value, unsigned bool) []byte {
	switch kind := v.Kind(); {
	case kind == parquet.Int32 && unsigned:
		return strconv.AppendUint(nil, uint64(v.Uint32()), 10)
	case kind == parquet.Int32:
		return strconv.AppendInt(nil, int64(v.Int32()), 10)
	case kind == parquet.Int64 && unsigned:
		return strconv.AppendUint(nil, v.Uint64(), 10)
	case kind == parquet.Int64:
		return strconv.AppendInt(nil, v.Int64(), 10)
	case kind == parquet.Float:
		return strconv.AppendFloat(nil, float64(v.Float()), 'g', -1, 32)
	case kind == parquet.Double:
		return strconv.AppendFloat(nil, v.Double(), 'g', -1, 64)
	case kind == parquet.ByteArray:
		return v.ByteArray()
	case kind == parquet.Boolean:
		return map[bool][]byte{false: []byte("0"), true: []byte("1")}[v.Boolean()]
	}
	return nil
}
