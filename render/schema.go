package render

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
	"helm.sh/helm/v3/pkg/chart"
)

// checkSchemas checks values against the values.schema.json of a chart and of
// those below it. Helm's own check loads what a schema refers to, from
// anywhere.
func checkSchemas(c *chart.Chart, values map[string]any, folder string) error {
	var found problems
	if c.Schema != nil {
		found.add(checkSchema(path.Join(folder, "values.schema.json"), c.Schema, values))
	}
	for _, sub := range c.Dependencies() {
		if below, ok := values[sub.Name()].(map[string]any); ok {
			found.add(checkSchemas(sub, below, path.Join(folder, "charts", sub.Name())))
		}
	}
	return found.join()
}

func checkSchema(file string, schema []byte, values map[string]any) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return problem(file, 0, "invalid JSON: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	const address = "file:///values.schema.json"
	if err := compiler.AddResource(address, doc); err != nil {
		return problem(file, 0, "invalid schema: %w", err)
	}
	compiled, err := compiler.Compile(address)
	if err != nil {
		return problem(file, 0, "invalid schema: %s", strings.ReplaceAll(err.Error(), address, ""))
	}
	return schemaProblems(file, compiled.Validate(values))
}

// noLoader refuses every schema that is not in the file itself.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is not in this file: copy what it defines into it", url)
}

// schemaProblems is one problem for each value that is wrong.
func schemaProblems(file string, err error) error {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		if err != nil {
			return problem(file, 0, "%w", err)
		}
		return nil
	}
	var found problems
	printer := textmessage.NewPrinter(language.English)
	var visit func(*jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			visit(cause)
		}
		if len(e.Causes) > 0 {
			return
		}
		at := strings.Join(append([]string{"values"}, e.InstanceLocation...), ".")
		if _, forbidden := e.ErrorKind.(*kind.FalseSchema); forbidden {
			found.add(problem(file, 0, "%s is not allowed", at))
			return
		}
		found.add(problem(file, 0, "%s: %s", at, e.ErrorKind.LocalizedString(printer)))
	}
	visit(invalid)
	return found.join()
}
