"""The twin's Marketo: identity, leads, activities, lists, bulk jobs and quotas."""
