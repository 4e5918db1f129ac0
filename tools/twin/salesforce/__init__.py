"""The twin's Salesforce: REST, Collections, Bulk API 2.0, and the one SOAP call that brings records back."""
