package sla

import (
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// environments are the CEL environments by what rules range over: they differ
// in the type of `it`.
type environments map[string]*cel.Env

// There is CEL's standard library and nothing more: the functions of its string
// extension can make a huge text at no counted cost.
func newEnvironments() (environments, error) {
	base, err := cel.NewCustomEnv(
		cel.StdLib(),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), // metrics are doubles, and people write 650
		ext.NativeTypes(reflect.TypeFor[guide.Observation](), ext.ParseStructTag("json")),
		observed,
		cel.Variable("time", cel.TimestampType),
		cel.Variable("application", cel.StringType),
		cel.Variable("namespace", cel.StringType),
		cel.Variable("revision", cel.StringType),
		cel.Variable("rollout", cel.ObjectType("guide.RolloutSeen")),
		cel.Variable("components", cel.ListType(cel.ObjectType("guide.Workload"))),
		cel.Variable("metrics", cel.MapType(cel.StringType, cel.DoubleType)),
		cel.Variable("objectives", cel.ListType(cel.ObjectType("guide.ObjectiveSeen"))),
		cel.Variable("pods", cel.ListType(cel.ObjectType("guide.Pod"))),
		cel.Variable("nodes", cel.ListType(cel.ObjectType("guide.Node"))),
	)
	if err != nil {
		return nil, fmt.Errorf("make CEL environment: %w", err)
	}
	envs := environments{"": base}
	for each, element := range map[string]string{
		guide.EachPods: "guide.Pod", guide.EachComponents: "guide.Workload", guide.EachNodes: "guide.Node",
	} {
		envs[each], err = base.Extend(cel.Variable("it", cel.ObjectType(element)))
		if err != nil {
			return nil, fmt.Errorf("make CEL environment for %s: %w", each, err)
		}
	}
	return envs, nil
}

// observed lays knownFields over the environment's types.
func observed(env *cel.Env) (*cel.Env, error) {
	fields := map[string]reflect.StructField{}
	for _, t := range []reflect.Type{
		reflect.TypeFor[guide.Observation](), reflect.TypeFor[guide.RolloutSeen](),
		reflect.TypeFor[guide.Workload](), reflect.TypeFor[guide.Pod](), reflect.TypeFor[guide.Node](),
		reflect.TypeFor[guide.ObjectiveSeen](),
	} {
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields["guide."+t.Name()+"."+name] = f
		}
	}
	return cel.CustomTypeProvider(knownFields{env.CELTypeProvider(), fields})(env)
}

// knownFields gives the fields of an observation their meaning: a nil pointer
// is not known, so has() is false and reading it an error; anything else is
// known, also when it is zero. The library's own provider takes zero for absent
// and nil for zero.
type knownFields struct {
	types.Provider
	fields map[string]reflect.StructField // by type.field as rules name them
}

// FindStructFieldType is how a checked expression reads a field.
func (k knownFields) FindStructFieldType(structType, name string) (*types.FieldType, bool) {
	ft, ok := k.Provider.FindStructFieldType(structType, name)
	field, ours := k.fields[structType+"."+name]
	if !ok || !ours {
		return ft, ok
	}
	value := func(obj any) reflect.Value { return reflect.Indirect(reflect.ValueOf(obj)).FieldByIndex(field.Index) }
	if field.Type.Kind() != reflect.Pointer {
		return &types.FieldType{
			Type:    ft.Type,
			IsSet:   func(any) bool { return true },
			GetFrom: func(obj any) (any, error) { return value(obj).Interface(), nil },
		}, true
	}
	return &types.FieldType{
		Type:  ft.Type,
		IsSet: func(obj any) bool { return !value(obj).IsNil() },
		GetFrom: func(obj any) (any, error) {
			v := value(obj)
			if v.IsNil() {
				return nil, fmt.Errorf("%s is not known", name)
			}
			return v.Elem().Interface(), nil
		},
	}, true
}
