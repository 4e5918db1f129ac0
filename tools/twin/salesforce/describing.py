"""What describe() says of an object and its fields.

Source: DescribeSObjectResult, DescribeGlobalSObjectResult and Field of Salesforce's partner WSDL, which REST
gives as JSON: every key is there, null where there is nothing to say.
"""

from typing import Final

from tools.twin.salesforce.schema import Field, SObject
from tools.twin.wire import Json
from tools.twin.world import World

SOAP_TYPES: Final = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "datetime": "xsd:dateTime",
    "date": "xsd:date", "double": "xsd:double", "currency": "xsd:double", "int": "xsd:int",
    "anyType": "xsd:anyType",
}  # fmt: skip


def _shape(field: Field) -> dict[str, Json]:
    """What a field's type alone says of it."""
    soap = SOAP_TYPES.get(field.type, "xsd:string")
    texts, numbers = soap in {"xsd:string", "tns:ID"}, soap == "xsd:double"
    return {
        "soapType": soap, "byteLength": 3 * field.length if texts else 0, "precision": 18 if numbers else 0,
        "scale": 2 if numbers else 0, "digits": 9 if field.type == "int" else 0,
        "idLookup": field.type == "id" or field.name == "Email", "nameField": field.name == "Name",
        "groupable": field.type not in {"datetime", "textarea", "anyType"} and not numbers,
        "namePointing": bool(field.also), "polymorphicForeignKey": bool(field.also),
        "calculated": bool(field.formula), "permissionable": field.writable and not field.required,
        "aggregatable": field.type != "boolean",
    }  # fmt: skip


PLAIN: Final[dict[str, Json]] = {
    **dict.fromkeys(
        (
            "aiPredictionField", "autoNumber", "cascadeDelete", "caseSensitive", "dependentPicklist",
            "deprecatedAndHidden", "displayLocationInDecimal", "encrypted", "externalId",
            "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted", "queryByDistance",
            "restrictedDelete", "searchPrefilterable", "unique", "writeRequiresMasterRead",
        ), False,
    ),
    **dict.fromkeys(
        (
            "calculatedFormula", "compoundFieldName", "controllerName", "defaultValueFormula",
            "extraTypeInfo", "filteredLookupInfo", "inlineHelpText", "mask", "maskType",
            "referenceTargetField", "relationshipOrder",
        ), None,
    ),
}  # fmt: skip
"""What describe() says of every field and the twin's fields do not use."""


def described_field(world: World, source: SObject, field: Field) -> dict[str, Json]:
    """One field as describe() shows it."""
    name, settings = f"{source.name}.{field.name}", world.settings
    writable = field.writable and name not in settings.salesforce_read_only_fields
    required = field.required or name in settings.salesforce_required_fields
    listed = [
        {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}
        for value in field.values
    ]
    nillable = not required and field.type not in {"boolean", "id"}
    return PLAIN | _shape(field) | {
        "name": field.name, "label": field.name.removesuffix("__c").replace("_", " "), "type": field.type,
        "length": field.length, "nillable": nillable,
        "defaultValue": False if field.type == "boolean" else None,
        "createable": writable, "updateable": writable, "filterable": field.filterable,
        "sortable": field.filterable, "custom": field.name.endswith("__c"),
        "defaultedOnCreate": field.type == "boolean" or field.name == "OwnerId",
        "referenceTo": [field.to, *field.also] if field.to else [],
        "relationshipName": field.parent or None, "picklistValues": listed,
        "restrictedPicklist": name in settings.salesforce_restricted_picklists,
    }  # fmt: skip


def summary(source: SObject, version: str) -> dict[str, Json]:
    """One object as the global describe lists it."""
    written, here = not source.history_of, f"/services/data/{version}/sobjects/{source.name}"
    gone = written and source.name != "User"
    yes = dict.fromkeys(("layoutable", "mruEnabled", "replicateable", "searchable", "triggerable"), written)
    no = (
        "activateable", "custom", "customSetting", "deepCloneable", "deprecatedAndHidden", "feedEnabled",
        "hasSubtypes", "isInterface", "isSubtype",
    )  # fmt: skip
    urls = {"sobject": here, "describe": f"{here}/describe", "rowTemplate": f"{here}/{{ID}}"}
    return {
        "name": source.name, "label": source.name, "labelPlural": f"{source.name}s",
        "keyPrefix": source.prefix, "createable": written, "updateable": written, "deletable": gone,
        "queryable": True, "retrieveable": True, "undeletable": gone, "urls": urls,
        "mergeable": source.name in {"Account", "Contact", "Lead"}, "idEnabled": True,
        **yes, **dict.fromkeys(no, False),
    }  # fmt: skip


DETAILS: Final[dict[str, Json]] = {
    **dict.fromkeys(
        ("actionOverrides", "namedLayoutInfos", "recordTypeInfos", "supportedScopes"), (),
    ),
    **dict.fromkeys(
        ("compactLayoutable", "searchLayoutable", "listviewable", "lookupLayoutable"), True,
    ),
    **dict.fromkeys(
        (
            "defaultImplementation", "extendedBy", "extendsInterfaces", "implementedBy",
            "implementsInterfaces", "networkScopeFieldName", "sobjectDescribeOption",
        ), None,
    ),
}  # fmt: skip
"""What describe() tells beyond the summary and the twin does not model."""
